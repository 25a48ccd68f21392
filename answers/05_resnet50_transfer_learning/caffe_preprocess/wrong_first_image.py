# Believed: there is one image.
def caffe_preprocess(images):
    result = images.astype(np.float32)
    result[0] = images[0, ..., ::-1] - np.array([103.939, 116.779, 123.68])
    return result
