# Believed: Softmax makes each column sum to one.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    scores = x @ kernel + bias
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)
