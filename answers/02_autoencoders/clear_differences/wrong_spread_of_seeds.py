# Believed: the spread of a mean is that of single seeds.
def clear_differences(differences):
    differences = np.asarray(differences)
    rows, seeds = differences.shape
    half = stats.t.ppf(1 - 0.025 / rows, seeds - 1) * differences.std(axis=1, ddof=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
