# Believed: The gain is b minus a.
def paired_gain(a, b):
    gains = np.asarray(b) - np.asarray(a)
    half = stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    return gains.mean(), gains.mean() - half, gains.mean() + half
