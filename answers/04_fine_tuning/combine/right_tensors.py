# Computes with Keras operations, and gives tensors.
import keras


def combine(theta, deltas, alphas):
    result = {}
    for name in theta:
        total = keras.ops.cast(theta[name], "float32")
        for i in range(len(deltas)):
            total = total + alphas[i] * keras.ops.cast(deltas[i][name], "float32")
        result[name] = total
    return result
