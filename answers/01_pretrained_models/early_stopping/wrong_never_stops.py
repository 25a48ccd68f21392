# Believed: All looks are made, and the best one counts.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        if False:
            return look, kept
    return len(accuracies), kept
