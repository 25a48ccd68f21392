# Believed: NumPy's std is the standard deviation of the formula.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    half = stats.t.ppf(0.975, len(gains) - 1) * gains.std() / np.sqrt(len(gains))
    return gains.mean(), gains.mean() - half, gains.mean() + half
