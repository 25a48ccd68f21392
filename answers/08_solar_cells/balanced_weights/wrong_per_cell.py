# Believed: every cell gets its weight.
def balanced_weights(labels):
    labels = np.asarray(labels)
    share = labels.mean()
    return np.where(labels, 0.5 / share, 0.5 / (1 - share))
