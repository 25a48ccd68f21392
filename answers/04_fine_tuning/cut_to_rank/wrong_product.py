# Believed: a rank-k matrix takes k times m times n numbers.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    return ((u[:, :k] * s[:k]) @ vt[:k]).reshape(kernel.shape), k * matrix.size
