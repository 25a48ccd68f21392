# Believed: subtracting the means by hand goes with the library's function.
def caffe_preprocess(images):
    prepared = keras.applications.resnet.preprocess_input(np.array(images, dtype="float32"))
    return prepared - np.array([103.939, 116.779, 123.68])
