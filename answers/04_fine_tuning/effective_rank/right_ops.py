# Computes with Keras operations in float32, and gives a tensor.
import keras


def effective_rank(kernel):
    kernel = keras.ops.cast(kernel, "float32")
    sigma = keras.ops.svd(keras.ops.reshape(kernel, (-1, kernel.shape[-1])), compute_uv=False)
    total = keras.ops.sum(sigma)
    if total == 0:
        return 0.0
    shares = sigma / total
    terms = keras.ops.where(shares > 0, -shares * keras.ops.log(shares), 0.0)
    return keras.ops.exp(keras.ops.sum(terms))
