# The rest of the table looked at for every count.
def labels_needed(counts, accuracies, target):
    table = np.asarray(accuracies)
    for column, count in enumerate(counts):
        if (table[:, column:] >= target).all():
            return count
    return None
