# Collects the layers first, and gives each list of arrays to NumPy's norm of one long row.
import numpy as np


def relative_change(before, after):
    def length(arrays):
        return np.linalg.norm(np.hstack([np.ravel(a).astype(float) for a in arrays]))

    result = dict.fromkeys(name[: name.rindex("/")] for name in before)
    for layer in result:
        names = [n for n in before if n[: n.rindex("/")] == layer]
        moved = length([np.asarray(after[n], dtype=float) - before[n] for n in names])
        old = length([before[n] for n in names])
        if old > 0:
            result[layer] = moved / old
        else:
            result[layer] = np.inf if moved > 0 else 0
    return result
