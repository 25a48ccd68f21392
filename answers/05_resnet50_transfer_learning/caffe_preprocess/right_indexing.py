# Picks the channels by their numbers.
def caffe_preprocess(images):
    pixels = np.array(images).astype("float32")[:, :, :, [2, 1, 0]]
    pixels -= np.array([103.939, 116.779, 123.68])
    return pixels
