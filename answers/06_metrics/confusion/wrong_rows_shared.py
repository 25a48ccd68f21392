# Believed: `[row] * n` makes n rows.
def confusion(labels, predictions, classes):
    counts = [[0] * classes] * classes
    for label, prediction in zip(labels, predictions, strict=True):
        counts[label][prediction] += 1
    return counts
