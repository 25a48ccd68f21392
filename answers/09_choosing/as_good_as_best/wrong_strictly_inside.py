# Believed: an interval from 0 to 0 does not hold zero.
def as_good_as_best(right):
    best = max(right, key=lambda name: np.mean(right[name]))
    kept = [best]
    for name in right:
        low, high = evaluation.mean_interval(
            np.array(right[best], float) - np.array(right[name], float)
        )
        if name != best and low < 0 < high:
            kept.append(name)
    return [name for name in right if name in kept]
