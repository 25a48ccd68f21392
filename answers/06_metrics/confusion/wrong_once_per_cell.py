# Believed: `counts[labels, predictions] += 1` adds one for every photo.
def confusion(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=int)
    counts[labels, predictions] += 1
    return counts
