# Believed: softmax once more does no harm.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    return keras.ops.convert_to_numpy(keras.ops.softmax(keras.ops.softmax(x @ kernel + bias)))
