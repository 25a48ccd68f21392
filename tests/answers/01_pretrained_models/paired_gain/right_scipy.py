# The paired t-test of SciPy gives the interval.
def paired_gain(a, b):
    result = stats.ttest_rel(a, b)
    interval = result.confidence_interval(0.95)
    return np.mean(a) - np.mean(b), interval.low, interval.high
