# Believed: the layer's name ends at the first slash.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer = n.split("/")[0]
        change[layer] = change.get(layer, 0.0) + np.sum((after[n] - before[n]) ** 2)
        length[layer] = length.get(layer, 0.0) + np.sum(before[n] ** 2)
    return {
        layer: float(np.sqrt(change[layer] / length[layer]))
        if length[layer]
        else (0.0 if change[layer] == 0 else float("inf"))
        for layer in change
    }
