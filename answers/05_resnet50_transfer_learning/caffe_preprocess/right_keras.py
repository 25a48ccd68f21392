# Calls what Keras publishes, on a copy.
def caffe_preprocess(images):
    return keras.applications.resnet.preprocess_input(np.array(images, dtype="float32"))
