# Believed: The kernel is all that matters.
def f(theta, x):
    for kernel, _bias in theta[:-1]:
        x = np.maximum(x @ kernel, 0)
    kernel, bias = theta[-1]
    scores = x @ kernel
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
