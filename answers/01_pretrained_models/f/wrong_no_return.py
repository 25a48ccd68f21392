# Believed: The last line is the result.
def f(theta, x):
    for kernel, bias in theta:
        x = x @ kernel + bias
    keras.ops.softmax(x)
