# Believed: 0 and 1 are as good as False and True.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return np.round(probability), weights.get(doubt, np.abs(2 * probability - 1))
