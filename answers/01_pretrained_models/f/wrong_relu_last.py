# Believed: Every layer ends with ReLU.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    scores = np.maximum(x @ kernel + bias, 0)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
