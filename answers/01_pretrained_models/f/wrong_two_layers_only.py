# Believed: A network has one layer or two.
def f(theta, x):
    if len(theta) > 1:
        x = np.maximum(x @ theta[0][0] + theta[0][1], 0)
    scores = x @ theta[len(theta) > 1][0] + theta[len(theta) > 1][1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
