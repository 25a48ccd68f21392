# Believed: with the most labels one is safe.
def labels_needed(counts, accuracies, target):
    return counts[-1] if np.min(accuracies, axis=0)[-1] >= target else None
