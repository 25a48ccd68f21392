# Believed: there is one delta.
def combine(theta, deltas, alphas):
    return {n: theta[n] + alphas[0] * deltas[0][n] for n in theta}
