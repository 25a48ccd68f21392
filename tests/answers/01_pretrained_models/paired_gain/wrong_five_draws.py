# Believed: There are always five draws.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = 2.7764451 * gains.std(ddof=1) / np.sqrt(5)
    return gains.mean(), gains.mean() - half, gains.mean() + half
