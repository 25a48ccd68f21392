# Believed: a change is taken off to get to the other network.
def combine(theta, deltas, alphas):
    return {n: theta[n] - sum(a * d[n] for a, d in zip(alphas, deltas, strict=True)) for n in theta}
