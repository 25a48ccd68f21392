# Believed: the distance from 0.5 is the weight as it is.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return probability > 0.5, weights.get(doubt, np.abs(probability - 0.5))
