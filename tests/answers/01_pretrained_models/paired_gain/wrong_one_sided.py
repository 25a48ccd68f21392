# Believed: 95 % means the 95th percentile.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.95, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    return gains.mean(), gains.mean() - half, gains.mean() + half
