# Believed: the result has the type of the images.
def caffe_preprocess(images):
    changed = images[..., ::-1] - np.array([103.939, 116.779, 123.68])
    return changed.astype(int).astype(images.dtype)
