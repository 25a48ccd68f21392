# Believed: A bootstrap of five numbers is as good as the formula.
def paired_gain(a, b):
    gains = np.asarray(a) - np.asarray(b)
    return gains.mean(), *evaluation.mean_interval(gains)
