# Believed: every value above zero counts alike.
import numpy as np


def effective_rank(kernel):
    return float(np.linalg.matrix_rank(kernel.reshape(-1, kernel.shape[-1])))
