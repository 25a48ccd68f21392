# Believed: [::-1] reverses the channels.
def caffe_preprocess(images):
    return images.astype(np.float32)[:, ::-1] - np.array([103.939, 116.779, 123.68])
