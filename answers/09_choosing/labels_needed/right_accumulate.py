# The worst from here on, by NumPy.
def labels_needed(counts, accuracies, target):
    worst = np.minimum.accumulate(np.min(accuracies, axis=0)[::-1])[::-1]
    reached = np.flatnonzero(worst >= target)
    return counts[reached[0]] if len(reached) else None
