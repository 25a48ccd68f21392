# Believed: sets of names are as good as sorted lists.
import numpy as np


def audit(before, after, trainable):
    moved = [n for n in before if not np.array_equal(before[n], after[n], equal_nan=True)]
    statistics = [n for n in moved if n.endswith(("/moving_mean", "/moving_variance"))]
    trained = [n for n in moved if n not in statistics]
    return {
        "moved": set(trained),
        "statistics": set(statistics),
        "still": set(n for n in trainable if n not in moved),
        "leaked": set(n for n in trained if n not in trainable),
    }
