# Believed: every cell that might be defective is called defective.
def labels_and_weights(probability, doubt):
    weights = {"keep": np.ones(len(probability)), "drop": np.isin(probability, [0, 1]) * 1.0}
    weights["weigh"] = np.abs(2 * probability - 1)
    return probability > 0, weights[doubt]
