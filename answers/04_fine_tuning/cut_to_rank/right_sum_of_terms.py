# Adds up the terms one by one.
import numpy as np


def cut_to_rank(kernel, k):
    shape = np.shape(kernel)
    matrix = np.asarray(kernel, dtype=float).reshape(-1, shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    terms = min(k, min(matrix.shape))
    nearest = sum(s[i] * np.outer(u[:, i], vt[i]) for i in range(terms))
    return nearest.reshape(shape), terms * (matrix.shape[0] + matrix.shape[1])
