# Believed: one over the number of cells.
def balanced_weights(labels):
    labels = np.asarray(labels)
    return {False: 1 / np.sum(~labels), True: 1 / np.sum(labels)}
