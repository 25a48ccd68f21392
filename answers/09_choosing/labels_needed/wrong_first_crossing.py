# Believed: once reached, always reached.
def labels_needed(counts, accuracies, target):
    worst = np.min(accuracies, axis=0)
    for count, value in zip(counts, worst, strict=True):
        if value >= target:
            return count
