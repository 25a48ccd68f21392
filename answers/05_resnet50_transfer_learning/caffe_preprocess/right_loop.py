# One channel after the other.
def caffe_preprocess(images):
    result = np.empty(images.shape, np.float32)
    for target, (source, mean) in enumerate([(2, 103.939), (1, 116.779), (0, 123.68)]):
        result[..., target] = images[..., source].astype(np.float32) - mean
    return result
