# Believed: the position in the list is wanted.
def labels_needed(counts, accuracies, target):
    table = np.asarray(accuracies)
    for column in range(len(counts)):
        if (table[:, column:] >= target).all():
            return column
