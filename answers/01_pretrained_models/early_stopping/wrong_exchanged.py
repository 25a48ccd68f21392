# Believed: The kept look comes first.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        if look - kept >= patience:
            return kept, look
    return kept, len(accuracies)
