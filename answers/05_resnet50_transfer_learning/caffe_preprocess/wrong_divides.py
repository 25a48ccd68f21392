# Believed: images are always divided by 255.
def caffe_preprocess(images):
    return images[..., ::-1] / 255.0 - np.array([103.939, 116.779, 123.68])
