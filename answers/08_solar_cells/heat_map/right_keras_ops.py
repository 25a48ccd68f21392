# Keras operations, in single precision.
def heat_map(maps, gradients):
    maps = keras.ops.convert_to_tensor(maps, "float32")
    weights = keras.ops.mean(keras.ops.convert_to_tensor(gradients, "float32"), axis=(0, 1))
    heat = keras.ops.relu(keras.ops.sum(maps * weights, axis=-1))
    return keras.ops.divide_no_nan(heat, keras.ops.max(heat))
