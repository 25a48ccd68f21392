# Believed: the largest count will do when none reaches it.
def labels_needed(counts, accuracies, target):
    table = np.asarray(accuracies)
    for column, count in enumerate(counts):
        if (table[:, column:] >= target).all():
            return count
    return counts[-1]
