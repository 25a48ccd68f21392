# Believed: the largest class number tells the number of classes.
def confusion(labels, predictions, classes):
    size = max(max(labels), max(predictions)) + 1
    counts = np.zeros((size, size), dtype=int)
    for label, prediction in zip(labels, predictions, strict=True):
        counts[label, prediction] += 1
    return counts
