# Adds one at every pair, pairs that occur twice included.
def confusion(labels, predictions, classes):
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts
