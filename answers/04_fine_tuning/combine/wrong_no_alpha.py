# Believed: the deltas are added as they are.
def combine(theta, deltas, alphas):
    return {n: theta[n] + sum(d[n] for d in deltas) for n in theta}
