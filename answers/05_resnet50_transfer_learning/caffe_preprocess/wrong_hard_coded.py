# Believed: images are one row high.
def caffe_preprocess(images):
    result = np.zeros(images.shape)
    result[:, 0] = images[:, 0, :, ::-1] - np.array([103.939, 116.779, 123.68])
    return result
