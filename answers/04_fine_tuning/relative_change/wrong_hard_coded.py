# Believed: a layer has a kernel, a bias or both, and nothing else.
import numpy as np


def relative_change(before, after):
    change, length = {}, {}
    for n in before:
        layer, _, part = n.rpartition("/")
        if part not in ("kernel", "bias"):
            continue
        change[layer] = change.get(layer, 0.0) + np.sum((after[n] - before[n]) ** 2)
        length[layer] = length.get(layer, 0.0) + np.sum(before[n] ** 2)
    return {
        layer: float(np.sqrt(change[layer] / length[layer]))
        if length[layer]
        else (0.0 if change[layer] == 0 else float("inf"))
        for layer in change
    }
