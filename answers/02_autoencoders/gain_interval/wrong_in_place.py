# Believed: np.asarray always copies.
def gain_interval(method, baseline):
    differences = np.asarray(method)
    differences -= np.asarray(baseline)
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences)
    return differences.mean() - half, differences.mean() + half
