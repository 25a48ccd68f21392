# Believed: there are always eight comparisons.
def clear_differences(differences):
    differences = np.asarray(differences)
    half = stats.t.ppf(1 - 0.025 / 8, differences.shape[1] - 1) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
