# Cell by cell; whole numbers and lists count as well.
def labels_and_weights(probability, doubt):
    labels, weights = [], []
    for rating in probability:
        labels.append(bool(rating > 0.5))
        if doubt == "keep":
            weights.append(1)
        elif doubt == "drop":
            weights.append(int(rating in (0, 1)))
        else:
            weights.append(abs(rating - (1 - rating)))
    return np.array(labels), weights
