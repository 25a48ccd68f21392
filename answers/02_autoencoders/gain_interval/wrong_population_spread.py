# Believed: np.std is the standard deviation that is meant.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    seeds = len(differences)
    half = stats.t.ppf(0.975, seeds - 1) * differences.std() / np.sqrt(seeds)
    return differences.mean() - half, differences.mean() + half
