# Words chosen by `np.select`, so that the result is an array of them.
def clear_differences(differences):
    differences = np.array(differences)
    m, s = differences.shape
    half = stats.t.ppf(1 - 0.025 / m, s - 1) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return np.select([mean > half, mean < -half], ["more", "less"], "undecided")
