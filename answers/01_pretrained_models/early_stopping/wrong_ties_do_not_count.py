# Believed: only a look below the best is one without improvement.
def early_stopping(accuracies, patience):
    best, kept, waited = -np.inf, 0, 0
    for look, accuracy in enumerate(accuracies, 1):
        if accuracy > best:
            best, kept, waited = accuracy, look, 0
        elif accuracy < best:
            waited += 1
        if waited == patience:
            return look, kept
    return len(accuracies), kept
