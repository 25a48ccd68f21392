# Believed: np.asarray always copies.
def paired_gain(a, b):
    gains = np.asarray(a)
    gains -= np.asarray(b)
    half = stats.t.ppf(0.975, len(gains) - 1) * stats.sem(gains)
    return gains.mean(), gains.mean() - half, gains.mean() + half
