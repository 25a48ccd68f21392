# Believed: signs say as much as words.
def clear_differences(differences):
    differences = np.asarray(differences)
    rows, seeds = differences.shape
    half = stats.t.ppf(1 - 0.025 / rows, seeds - 1) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [int(m > h) - int(m < -h) for m, h in zip(mean, half, strict=True)]
