# Keras operations, in single precision.
def labels_and_weights(probability, doubt):
    rating = keras.ops.convert_to_tensor(probability, "float32")
    distance = keras.ops.abs(2 * rating - 1)
    if doubt == "keep":
        weights = keras.ops.ones_like(rating)
    elif doubt == "drop":
        weights = keras.ops.cast(distance > 0.9, "float32")
    else:
        weights = distance
    return rating > 0.5, weights
