# Believed: the kernel alone is asked for.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    return ((u[:, :k] * s[:k]) @ vt[:k]).reshape(kernel.shape)
