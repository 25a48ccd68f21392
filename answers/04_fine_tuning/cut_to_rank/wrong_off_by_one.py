# Believed: a slice up to k - 1 holds k terms.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    kept = k - 1
    return ((u[:, :kept] * s[:kept]) @ vt[:kept]).reshape(kernel.shape), k * sum(matrix.shape)
