# The interval of the differences, photo by photo.
def as_good_as_best(right):
    hits = {name: np.asarray(values, dtype=float) for name, values in right.items()}
    best = max(hits, key=lambda name: hits[name].mean())
    kept = []
    for name, values in hits.items():
        low, high = evaluation.mean_interval(hits[best] - values)
        if low <= 0 <= high:
            kept.append(name)
    return kept
