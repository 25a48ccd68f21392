# Puts all arrays of a layer into one long vector.
import numpy as np


def relative_change(before, after):
    result = {}
    for layer in {name.rsplit("/", 1)[0] for name in before}:
        names = [name for name in before if name.rsplit("/", 1)[0] == layer]
        old = np.concatenate([np.ravel(before[n]).astype(float) for n in names])
        new = np.concatenate([np.ravel(after[n]).astype(float) for n in names])
        moved, length = np.linalg.norm(new - old), np.linalg.norm(old)
        if length == 0:
            result[layer] = 0.0 if moved == 0 else np.inf
        else:
            result[layer] = float(moved / length)
    return result
