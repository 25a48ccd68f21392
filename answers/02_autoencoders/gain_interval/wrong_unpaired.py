# Believed: two means are compared by their two spreads.
def gain_interval(method, baseline):
    method, baseline = np.asarray(method), np.asarray(baseline)
    seeds = len(method)
    spread = np.sqrt((method.var(ddof=1) + baseline.var(ddof=1)) / seeds)
    half = stats.t.ppf(0.975, 2 * seeds - 2) * spread
    middle = method.mean() - baseline.mean()
    return middle - half, middle + half
