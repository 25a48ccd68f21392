# Believed: the draw in the middle is what I will get.
def labels_needed(counts, accuracies, target):
    table = np.median(accuracies, axis=0)
    for column, count in enumerate(counts):
        if (table[column:] >= target).all():
            return count
