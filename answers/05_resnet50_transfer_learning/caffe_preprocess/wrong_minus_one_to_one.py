# Believed: every network takes -1 to 1.
def caffe_preprocess(images):
    return images.astype(np.float32) / 127.5 - 1.0
