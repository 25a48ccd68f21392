# Believed: preprocess_input leaves its argument alone.
def caffe_preprocess(images):
    return keras.applications.resnet.preprocess_input(
        images if images.dtype == np.float32 else images.astype(np.float32)
    )
