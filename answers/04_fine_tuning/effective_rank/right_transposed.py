# Uses the transposed matrix, which has the same singular values, and a power of shares.
import math

import numpy as np


def effective_rank(kernel):
    outputs = np.moveaxis(np.asarray(kernel, dtype=float), -1, 0)
    sigma = np.linalg.svd(outputs.reshape(len(outputs), -1))[1]
    if not sigma.any():
        return 0
    return math.prod(p**-p for p in sigma / sigma.sum() if p > 0)
