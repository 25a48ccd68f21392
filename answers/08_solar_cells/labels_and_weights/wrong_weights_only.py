# Believed: the labels are known already.
def labels_and_weights(probability, doubt):
    certainty = np.abs(2 * probability - 1)
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return weights.get(doubt, certainty)
