# One sum of products for each name, begun with theta.
def combine(theta, deltas, alphas):
    return {
        name: sum(
            (alpha * change[name] for alpha, change in zip(alphas, deltas, strict=True)), start
        )
        for name, start in theta.items()
    }
