# Believed: one alpha scales them all.
def combine(theta, deltas, alphas):
    return {n: theta[n] + (alphas[0] if alphas else 0) * sum(d[n] for d in deltas) for n in theta}
