# Believed: the half can be left out.
def balanced_weights(labels):
    share = np.mean(labels)
    return {False: 1 / (1 - share), True: 1 / share}
