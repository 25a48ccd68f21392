# Believed: the square of the distance will do as well.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return probability > 0.5, weights.get(doubt, (2 * probability - 1) ** 2)
