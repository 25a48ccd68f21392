# Believed: The formula of the softmax can be typed as it stands.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    scores = x @ kernel + bias
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)
