# Believed: the counts may be turned round in place.
def labels_needed(counts, accuracies, target):
    counts.reverse()
    needed = None
    for count, value in zip(counts, np.min(accuracies, axis=0)[::-1], strict=True):
        if value < target:
            break
        needed = count
    return needed
