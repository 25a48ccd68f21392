# Believed: the best comes first.
def as_good_as_best(right):
    hits = {name: np.asarray(values, dtype=float) for name, values in right.items()}
    order = sorted(hits, key=lambda name: -hits[name].mean())
    return [n for n in order if evaluation.mean_interval(hits[order[0]] - hits[n]).low <= 0]
