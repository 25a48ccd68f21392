# Believed: the matrix is what was asked for.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    return (u[:, :k] * s[:k]) @ vt[:k], k * sum(matrix.shape)
