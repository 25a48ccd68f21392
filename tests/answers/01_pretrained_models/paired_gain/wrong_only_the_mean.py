# Believed: the gain is the difference of the means, and that is all.
def paired_gain(a, b):
    return np.mean(a) - np.mean(b)
