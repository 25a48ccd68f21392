# Believed: A look is compared with the one before it.
def early_stopping(accuracies, patience):
    waited = 0
    for look in range(1, len(accuracies)):
        waited = 0 if accuracies[look] > accuracies[look - 1] else waited + 1
        if waited == patience:
            return look + 1, int(np.argmax(accuracies[: look + 1])) + 1
    return len(accuracies), int(np.argmax(accuracies)) + 1
