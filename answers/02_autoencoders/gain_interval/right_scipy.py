# SciPy's interval of the paired test.
def gain_interval(method, baseline):
    differences = np.subtract(method, baseline)
    return stats.ttest_1samp(differences, 0).confidence_interval(0.95)
