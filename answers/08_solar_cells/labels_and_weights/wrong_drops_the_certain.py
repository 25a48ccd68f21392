# Believed: the doubtful cells are the interesting ones.
def labels_and_weights(probability, doubt):
    sure = np.isin(probability, [0, 1])
    weights = {"keep": np.ones(len(probability)), "drop": 1.0 - sure}
    return probability > 0.5, weights.get(doubt, np.abs(2 * probability - 1))
