# Copies every array and adds in place to the copy.
import numpy as np


def combine(theta, deltas, alphas):
    result = {name: np.array(array, dtype=np.float64) for name, array in theta.items()}
    for change, alpha in zip(deltas, alphas, strict=True):
        for name in result:
            result[name] += alpha * np.asarray(change[name])
    return result
