# Believed: numbers that are NaN can't be compared, so they are left out.
import numpy as np


def audit(before, after, trainable):
    moved = [n for n in before if np.nansum(np.abs(after[n] - before[n])) > 0]
    statistics = [n for n in moved if n.endswith(("/moving_mean", "/moving_variance"))]
    trained = [n for n in moved if n not in statistics]
    return {
        "moved": sorted(trained),
        "statistics": sorted(statistics),
        "still": sorted(n for n in trainable if n not in moved),
        "leaked": sorted(n for n in trained if n not in trainable),
    }
