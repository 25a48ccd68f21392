# Uses Keras operations and returns a tensor.
def caffe_preprocess(images):
    pixels = keras.ops.flip(keras.ops.cast(images, "float32"), axis=-1)
    return pixels - keras.ops.convert_to_tensor([103.939, 116.779, 123.68])
