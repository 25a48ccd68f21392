# Mean and half width as arrays.
def gain_interval(method, baseline):
    differences = np.array(method) - np.array(baseline)
    return differences.mean() + np.array([-1, 1]) * stats.sem(differences) * stats.t.ppf(
        0.975, differences.size - 1
    )
