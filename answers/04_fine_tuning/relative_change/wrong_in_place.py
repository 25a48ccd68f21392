# Believed: the arrays of `after` may hold the difference from now on.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer = n.rpartition("/")[0]
        moved = after[n]
        moved -= before[n]
        change[layer] = change.get(layer, 0.0) + np.sum(moved**2)
        length[layer] = length.get(layer, 0.0) + np.sum(before[n] ** 2)
    return {
        layer: float(np.sqrt(change[layer] / length[layer]))
        if length[layer]
        else (0.0 if change[layer] == 0 else float("inf"))
        for layer in change
    }
