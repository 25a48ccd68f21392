# Believed: the norm with ord=2 is the length of all numbers.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer = n.rpartition("/")[0]
        change[layer] = change.get(layer, 0.0) + np.linalg.norm(after[n] - before[n], 2) ** 2
        length[layer] = length.get(layer, 0.0) + np.linalg.norm(before[n], 2) ** 2
    return {
        layer: float(np.sqrt(change[layer] / length[layer]))
        if length[layer]
        else (0.0 if change[layer] == 0 else float("inf"))
        for layer in change
    }
