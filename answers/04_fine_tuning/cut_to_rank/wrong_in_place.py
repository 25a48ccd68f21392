# Believed: the kernel may be replaced by what is nearest to it.
import numpy as np


def cut_to_rank(kernel, k):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    k = min(k, len(s))
    kernel[...] = ((u[:, :k] * s[:k]) @ vt[:k]).reshape(kernel.shape)
    return kernel, k * sum(matrix.shape)
