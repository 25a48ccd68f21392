# Believed: the spread of a mean is the spread divided by the number.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    seeds = len(differences)
    half = stats.t.ppf(0.975, seeds - 1) * differences.std(ddof=1) / seeds
    return differences.mean() - half, differences.mean() + half
