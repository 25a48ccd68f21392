# Believed: there are two deltas at most.
def combine(theta, deltas, alphas):
    result = {}
    for n in theta:
        result[n] = theta[n]
        if len(deltas) > 0:
            result[n] = result[n] + alphas[0] * deltas[0][n]
        if len(deltas) > 1:
            result[n] = result[n] + alphas[1] * deltas[1][n]
    return result
