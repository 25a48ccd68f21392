# Believed: there are always five seeds.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    half = 2.7764451 * differences.std(ddof=1) / np.sqrt(5)
    return differences.mean() - half, differences.mean() + half
