# Believed: the mean difference is the gain.
def gain_interval(method, baseline):
    return np.mean(np.asarray(method) - np.asarray(baseline))
