# Believed: the sum of squares is the length.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer = n.rpartition("/")[0]
        change[layer] = change.get(layer, 0.0) + np.sum((after[n] - before[n]) ** 2)
        length[layer] = length.get(layer, 0.0) + np.sum(before[n] ** 2)
    return {layer: change[layer] / length[layer] for layer in change}
