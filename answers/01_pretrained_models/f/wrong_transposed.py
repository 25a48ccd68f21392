# Believed: each row of the kernel belongs to one output.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel.T + bias, 0)
    kernel, bias = theta[-1]
    scores = x @ kernel.T + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
