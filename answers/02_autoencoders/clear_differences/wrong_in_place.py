# Believed: np.asarray always copies.
def clear_differences(differences):
    differences = np.asarray(differences)
    rows, seeds = differences.shape
    mean = differences.mean(axis=1)
    differences -= mean[:, None]
    half = stats.t.ppf(1 - 0.025 / rows, seeds - 1) * np.sqrt((differences**2).sum(1) / (seeds - 1))
    half /= np.sqrt(seeds)
    return [
        "more" if m > h else "less" if m < -h else "undecided"
        for m, h in zip(mean, half, strict=True)
    ]
