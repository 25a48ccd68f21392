# Believed: the mean of the draws is what I will get.
def labels_needed(counts, accuracies, target):
    table = np.mean(accuracies, axis=0)
    for column, count in enumerate(counts):
        if (table[column:] >= target).all():
            return count
