# Believed: overlapping intervals mean undecided.
def as_good_as_best(right):
    intervals = {n: evaluation.mean_interval(np.asarray(v, float)) for n, v in right.items()}
    best = max(right, key=lambda name: np.mean(right[name]))
    return [name for name, (_, high) in intervals.items() if high >= intervals[best][0]]
