# Believed: The interval is for the next draw.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1)
    return gains.mean(), gains.mean() - half, gains.mean() + half
