# Believed: 95 % means the quantile 0.95.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    seeds = len(differences)
    half = stats.t.ppf(0.95, seeds - 1) * differences.std(ddof=1) / np.sqrt(seeds)
    return differences.mean() - half, differences.mean() + half
