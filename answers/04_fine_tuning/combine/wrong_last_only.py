# Believed: the result of the loop's last round is the sum.
def combine(theta, deltas, alphas):
    result = dict(theta)
    for d, a in zip(deltas, alphas, strict=True):
        result = {n: theta[n] + a * d[n] for n in theta}
    return result
