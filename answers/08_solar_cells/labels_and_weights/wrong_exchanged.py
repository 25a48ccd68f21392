# Believed: the weights come first.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return weights.get(doubt, np.abs(2 * probability - 1)), probability > 0.5
