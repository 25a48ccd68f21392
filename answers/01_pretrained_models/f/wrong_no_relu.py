# Believed: A stack of dense layers is a chain of products.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = x @ kernel + bias
    kernel, bias = theta[-1]
    scores = x @ kernel + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
