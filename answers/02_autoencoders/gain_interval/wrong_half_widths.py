# Believed: the half width is the interval.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences)
    return -half, half
