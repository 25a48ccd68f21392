# Believed: the best is not as good as itself.
def as_good_as_best(right):
    best = max(right, key=lambda name: np.mean(right[name]))
    kept = []
    for name in right:
        low, _ = evaluation.mean_interval(
            np.array(right[best], float) - np.array(right[name], float)
        )
        if low <= 0 and name != best:
            kept.append(name)
    return kept
