# Believed: The best of all looks is kept, also of those that were never made.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        if look - kept >= patience:
            return look, int(np.argmax(accuracies)) + 1
    return len(accuracies), kept
