# Believed: The looks without improvement are counted all together.
def early_stopping(accuracies, patience):
    best, kept, missed = -np.inf, 0, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        else:
            missed += 1
        if missed == patience:
            return look, kept
    return len(accuracies), kept
