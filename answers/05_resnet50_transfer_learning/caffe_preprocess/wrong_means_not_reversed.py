# Believed: the means are given in the order red, green, blue.
def caffe_preprocess(images):
    return images.astype(np.float32)[..., ::-1] - np.array([123.68, 116.779, 103.939])
