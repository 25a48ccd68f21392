# Believed: 1.96 standard errors are always 95 %.
def clear_differences(differences):
    differences = np.asarray(differences)
    half = 1.96 * stats.sem(differences, axis=1)
    mean = differences.mean(axis=1)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
