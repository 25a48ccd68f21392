# Takes the root of the sum of squared norms, in float32 as the arrays come.
from collections import defaultdict

import numpy as np


def relative_change(before, after):
    moved, length = defaultdict(list), defaultdict(list)
    for name in before:
        *path, _ = name.split("/")
        layer = "/".join(path)
        moved[layer].append(np.linalg.norm(after[name] - before[name]))
        length[layer].append(np.linalg.norm(before[name]))
    result = {}
    for layer in moved:
        change, size = np.hypot.reduce(moved[layer]), np.hypot.reduce(length[layer])
        result[layer] = change / size if size > 0 else float("inf") if change > 0 else 0
    return result
