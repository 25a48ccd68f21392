# Believed: dropping means leaving the cells out of the arrays.
def labels_and_weights(probability, doubt):
    sure = np.isin(probability, [0, 1])
    if doubt == "drop":
        return probability[sure] > 0.5, np.ones(sure.sum())
    return probability > 0.5, np.ones(len(probability)) if doubt == "keep" else np.abs(
        2 * probability - 1
    )
