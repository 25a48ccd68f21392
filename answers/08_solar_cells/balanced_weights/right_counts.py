# Counts the cells of each class.
def balanced_weights(labels):
    labels = list(labels)
    bad = sum(bool(label) for label in labels)
    good = len(labels) - bad
    return {False: len(labels) / (2 * good), True: len(labels) / (2 * bad)}
