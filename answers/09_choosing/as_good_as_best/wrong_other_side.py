# Believed: the worse ones are asked for.
def as_good_as_best(right):
    best = max(right, key=lambda name: np.mean(right[name]))
    kept = []
    for name in right:
        low, _ = evaluation.mean_interval(
            np.array(right[best], float) - np.array(right[name], float)
        )
        if low > 0:
            kept.append(name)
    return kept
