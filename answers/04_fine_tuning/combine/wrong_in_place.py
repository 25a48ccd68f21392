# Believed: the arrays of theta are mine to change.
def combine(theta, deltas, alphas):
    for d, a in zip(deltas, alphas, strict=True):
        for n in theta:
            theta[n] += a * d[n]
    return theta
