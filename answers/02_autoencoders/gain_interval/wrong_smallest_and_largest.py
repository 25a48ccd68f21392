# Believed: the interval runs from the smallest to the largest gain.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    return differences.min(), differences.max()
