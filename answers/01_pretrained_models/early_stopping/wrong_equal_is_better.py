# Believed: To equal the best is an improvement.
def early_stopping(accuracies, patience):
    best, kept = -np.inf, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy >= best:
            best, kept = accuracy, look
        if look - kept >= patience:
            return look, kept
    return len(accuracies), kept
