# Believed: Each candidate has its own scatter, and the two add up.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.975, len(gains) - 1) * np.sqrt(
        (np.var(a, ddof=1) + np.var(b, ddof=1)) / len(gains)
    )
    return gains.mean(), gains.mean() - half, gains.mean() + half
