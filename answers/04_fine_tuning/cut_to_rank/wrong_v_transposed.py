# Believed: numpy returns V, not its transpose.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    return ((u[:, :k] * s[:k]) @ v[:, :k].T).reshape(kernel.shape), k * sum(matrix.shape)
