# Believed: the order of the channels does not matter.
def caffe_preprocess(images):
    return images.astype(np.float32) - np.array([103.939, 116.779, 123.68])
