# Believed: whatever has "moving" in its name is a statistic.
import numpy as np


def audit(before, after, trainable):
    moved = [n for n in before if not np.array_equal(before[n], after[n], equal_nan=True)]
    statistics = [n for n in moved if "moving" in n]
    trained = [n for n in moved if n not in statistics]
    return {
        "moved": sorted(trained),
        "statistics": sorted(statistics),
        "still": sorted(n for n in trainable if n not in moved),
        "leaked": sorted(n for n in trained if n not in trainable),
    }
