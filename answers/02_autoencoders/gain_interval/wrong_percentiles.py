# Believed: percentiles of the seeds are the interval of the mean.
def gain_interval(method, baseline):
    differences = np.asarray(method) - np.asarray(baseline)
    return tuple(np.percentile(differences, [2.5, 97.5]))
