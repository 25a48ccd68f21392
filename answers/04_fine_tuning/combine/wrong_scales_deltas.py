# Believed: the deltas may be scaled where they stand.
def combine(theta, deltas, alphas):
    for d, a in zip(deltas, alphas, strict=True):
        for n in d:
            d[n] *= a
    return {n: theta[n] + sum(d[n] for d in deltas) for n in theta}
