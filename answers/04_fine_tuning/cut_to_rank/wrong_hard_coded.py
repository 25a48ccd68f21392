# Believed: the matrix always has 36 rows and 5 columns.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    return ((u[:, :k] * s[:k]) @ vt[:k]).reshape(kernel.shape), k * 41
