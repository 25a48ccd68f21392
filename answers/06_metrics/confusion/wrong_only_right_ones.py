# Believed: only right answers count.
def confusion(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions, strict=True):
        if label == prediction:
            counts[label, label] += 1
    return counts
