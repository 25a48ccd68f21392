# Believed: the 5 % are shared among the seeds.
def clear_differences(differences):
    differences = np.asarray(differences)
    seeds = differences.shape[1]
    half = stats.t.ppf(1 - 0.025 / seeds, seeds - 1) * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
