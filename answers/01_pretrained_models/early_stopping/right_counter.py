# A counter that goes back to zero at each new best.
def early_stopping(accuracies, patience):
    best, kept, waited, made = float("-inf"), 0, 0, 0
    for accuracy in accuracies:
        made += 1
        if accuracy > best:
            best, kept, waited = accuracy, made, 0
        else:
            waited += 1
            if waited == patience:
                break
    return made, kept
