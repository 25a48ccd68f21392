# Believed: 95 % is always 1.96.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    seeds = len(differences)
    half = 1.96 * differences.std(ddof=1) / np.sqrt(seeds)
    return differences.mean() - half, differences.mean() + half
