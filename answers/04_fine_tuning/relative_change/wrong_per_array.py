# Believed: each array stands for itself.
import numpy as np


def relative_change(before, after):
    return {n: np.linalg.norm(after[n] - before[n]) / np.linalg.norm(before[n]) for n in before}
