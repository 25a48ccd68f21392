# Believed: The factor is always 1.96.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = 1.96 * gains.std(ddof=1) / np.sqrt(len(gains))
    return gains.mean(), gains.mean() - half, gains.mean() + half
