# Believed: The scores are the probabilities.
def f(theta, x):
    for kernel, bias in theta[:-1]:
        x = np.maximum(x @ kernel + bias, 0)
    kernel, bias = theta[-1]
    scores = x @ kernel + bias
    return scores
