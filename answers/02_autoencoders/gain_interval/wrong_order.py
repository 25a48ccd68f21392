# Believed: the better end comes first.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    seeds = len(differences)
    half = stats.t.ppf(0.975, seeds - 1) * differences.std(ddof=1) / np.sqrt(seeds)
    return differences.mean() + half, differences.mean() - half
