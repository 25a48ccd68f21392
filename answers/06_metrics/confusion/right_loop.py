# Counts photo by photo.
def confusion(labels, predictions, classes):
    counts = [[0] * classes for _ in range(classes)]
    for label, prediction in zip(labels, predictions, strict=True):
        counts[label][prediction] += 1
    return counts
