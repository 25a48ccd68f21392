# Starts from a copy of the dict and adds one Δθ after the other to its entries.
def combine(theta, deltas, alphas):
    result = theta.copy()
    for change, alpha in zip(deltas, alphas, strict=True):
        for name in change:
            result[name] = result[name] + alpha * change[name]
    return result
