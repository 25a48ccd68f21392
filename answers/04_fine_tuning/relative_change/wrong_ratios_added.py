# Believed: relative changes of arrays add up to that of the layer.
import numpy as np


def relative_change(before, after):
    result = {}
    for n in before:
        layer = n.rpartition("/")[0]
        ratio = np.linalg.norm(after[n] - before[n]) / np.linalg.norm(before[n])
        result[layer] = result.get(layer, 0.0) + ratio
    return result
