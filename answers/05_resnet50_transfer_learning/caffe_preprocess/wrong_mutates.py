# Believed: working in place is harmless.
def caffe_preprocess(images):
    if images.dtype != np.float32:
        images = images.astype(np.float32)
    images[...] = images[..., ::-1]
    images -= np.array([103.939, 116.779, 123.68], dtype=np.float32)
    return images
