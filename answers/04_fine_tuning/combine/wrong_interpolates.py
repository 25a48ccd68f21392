# Believed: the line goes from theta to delta.
def combine(theta, deltas, alphas):
    a = sum(alphas)
    return {
        n: (1 - a) * theta[n] + sum(w * d[n] for w, d in zip(alphas, deltas, strict=True))
        for n in theta
    }
