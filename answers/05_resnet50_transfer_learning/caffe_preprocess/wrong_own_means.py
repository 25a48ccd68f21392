# Believed: the mean of the images at hand is to be subtracted.
def caffe_preprocess(images):
    pixels = images.astype(np.float32)[..., ::-1]
    return pixels - pixels.mean(axis=(0, 1, 2))
