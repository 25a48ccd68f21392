# Believed: the combination is that of the changes.
def combine(theta, deltas, alphas):
    return {n: sum(a * d[n] for a, d in zip(alphas, deltas, strict=True)) for n in theta}
