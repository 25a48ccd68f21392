# Believed: the labels are always an array.
def balanced_weights(labels):
    return {False: len(labels) / (2 * (~labels).sum()), True: len(labels) / (2 * labels.sum())}
