# Believed: one draw that reaches it is enough.
def labels_needed(counts, accuracies, target):
    table = np.max(accuracies, axis=0)
    for column, count in enumerate(counts):
        if (table[column:] >= target).all():
            return count
