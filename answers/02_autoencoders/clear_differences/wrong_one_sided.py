# Believed: each row's share of the 5 % lies on one side.
def clear_differences(differences):
    differences = np.asarray(differences)
    rows, seeds = differences.shape
    half = stats.t.ppf(1 - 0.05 / rows, seeds - 1) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
