# Believed: the first one is the yardstick.
def as_good_as_best(right):
    best = next(iter(right))
    kept = []
    for name in right:
        low, _ = evaluation.mean_interval(
            np.array(right[best], float) - np.array(right[name], float)
        )
        if low <= 0:
            kept.append(name)
    return kept
