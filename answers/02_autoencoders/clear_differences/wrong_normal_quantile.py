# Believed: the quantile of the normal distribution will do.
def clear_differences(differences):
    differences = np.asarray(differences)
    half = stats.norm.ppf(1 - 0.025 / len(differences)) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
