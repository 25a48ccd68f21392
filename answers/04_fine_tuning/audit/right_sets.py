# Works with sets of names.
import numpy as np


def audit(before, after, trainable):
    moved = {n for n, a in before.items() if not np.array_equal(a, after[n], equal_nan=True)}
    statistics = {n for n in moved if n.rsplit("/", 1)[1] in ("moving_mean", "moving_variance")}
    sets = {
        "moved": moved - statistics,
        "statistics": statistics,
        "still": set(trainable) - moved,
        "leaked": moved - statistics - set(trainable),
    }
    return {key: sorted(names) for key, names in sets.items()}
