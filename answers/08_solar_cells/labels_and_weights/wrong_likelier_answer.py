# Believed: the certainty is the probability of the likelier answer.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    return probability > 0.5, weights.get(doubt, np.maximum(probability, 1 - probability))
