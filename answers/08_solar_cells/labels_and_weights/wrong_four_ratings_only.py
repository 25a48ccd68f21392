# Believed: there are four ratings, and no others.
def labels_and_weights(probability, doubt):
    sure = np.isin(probability, [0, 1])
    weights = {"keep": np.ones(len(probability)), "drop": sure * 1.0}
    return probability > 0.5, weights.get(doubt, np.where(sure, 1, 1 / 3))
