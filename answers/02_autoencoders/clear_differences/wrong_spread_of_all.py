# Believed: one spread for all rows.
def clear_differences(differences):
    differences = np.asarray(differences)
    rows, seeds = differences.shape
    half = stats.t.ppf(1 - 0.025 / rows, seeds - 1) * differences.std(ddof=1) / np.sqrt(seeds)
    return [
        "more" if m > half else "less" if m < -half else "undecided"
        for m in differences.mean(axis=1)
    ]
