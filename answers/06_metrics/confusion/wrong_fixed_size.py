# Believed: there are always three or four classes.
def confusion(labels, predictions, classes):
    classes = 3 if max(max(labels), max(predictions)) == 2 and len(labels) > 2 else 4
    counts = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions, strict=True):
        counts[label % classes, prediction % classes] += 1
    return counts
