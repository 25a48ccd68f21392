# Believed: only the ratio counts.
def balanced_weights(labels):
    share = np.mean(labels)
    return {False: 1.0, True: (1 - share) / share}
