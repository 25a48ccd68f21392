# Believed: The interval runs from the smallest to the largest gain.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    return gains.mean(), gains.min(), gains.max()
