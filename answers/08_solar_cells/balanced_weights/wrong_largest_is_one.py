# Believed: the largest weight is 1.
def balanced_weights(labels):
    share = np.mean(labels)
    return {False: share / (1 - share), True: 1.0}
