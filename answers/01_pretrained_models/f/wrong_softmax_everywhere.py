# Believed: Every layer ends with softmax.
def f(theta, x):
    for kernel, bias in theta:
        scores = x @ kernel + bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        x = powers / powers.sum(axis=1, keepdims=True)
    return x
