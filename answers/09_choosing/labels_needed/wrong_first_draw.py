# Believed: the first draw speaks for all.
def labels_needed(counts, accuracies, target):
    table = np.asarray(accuracies)[:1]
    for column, count in enumerate(counts):
        if (table[:, column:] >= target).all():
            return count
