# Believed: a layer that did not move needs no entry.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer = n.rpartition("/")[0]
        change[layer] = change.get(layer, 0.0) + np.sum((after[n] - before[n]) ** 2)
        length[layer] = length.get(layer, 0.0) + np.sum(before[n] ** 2)
    return {layer: np.sqrt(change[layer] / length[layer]) for layer in change if change[layer]}
