# Believed: the ratings aren't needed any more.
def labels_and_weights(probability, doubt):
    labels = probability > 0.5
    probability -= 0.5
    np.abs(probability, out=probability)
    probability *= 2
    if doubt == "keep":
        return labels, np.ones(len(labels))
    return labels, (probability == 1) * 1.0 if doubt == "drop" else probability
