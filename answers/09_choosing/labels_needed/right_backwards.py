# From the largest count downwards.
def labels_needed(counts, accuracies, target):
    needed = None
    for column in range(len(counts) - 1, -1, -1):
        if min(row[column] for row in accuracies) < target:
            break
        needed = counts[column]
    return needed
