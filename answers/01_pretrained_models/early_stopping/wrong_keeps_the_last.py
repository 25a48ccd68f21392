# Believed: The network is used as it is when training ends.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        if look - kept >= patience:
            return look, look
    return len(accuracies), len(accuracies)
