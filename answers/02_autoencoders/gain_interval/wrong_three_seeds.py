# Believed: t for the example is t for all.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    half = 4.3026527 * differences.std(ddof=1) / np.sqrt(len(differences))
    return differences.mean() - half, differences.mean() + half
