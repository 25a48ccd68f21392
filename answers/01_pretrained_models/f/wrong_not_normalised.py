# Believed: exp alone makes probabilities.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    return np.exp(x @ kernel + bias)
