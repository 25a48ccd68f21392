# Believed: A t-test of two groups fits any comparison.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.975, 2 * len(gains) - 2) * np.sqrt(
        (np.var(a, ddof=1) + np.var(b, ddof=1)) / len(gains)
    )
    return gains.mean(), gains.mean() - half, gains.mean() + half
