# Believed: Looks are counted from 0, as positions are.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept = accuracy, look
        if look - kept >= patience:
            return look - 1, kept - 1
    return len(accuracies) - 1, kept - 1
