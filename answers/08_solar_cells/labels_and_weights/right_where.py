# Chooses with np.where.
def labels_and_weights(probability, doubt):
    sure = np.isin(probability, [0, 1])
    if doubt == "keep":
        weights = np.ones(len(probability))
    elif doubt == "drop":
        weights = np.where(sure, 1.0, 0.0)
    else:
        weights = np.where(probability > 0.5, 2 * probability - 1, 1 - 2 * probability)
    return probability > 0.5, weights
