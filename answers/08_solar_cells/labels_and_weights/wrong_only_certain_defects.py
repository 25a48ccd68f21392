# Believed: a defect has to be certain.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    weights["weigh"] = np.abs(2 * probability - 1)
    return probability == 1, weights[doubt]
