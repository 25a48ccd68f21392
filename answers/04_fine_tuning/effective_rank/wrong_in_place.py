# Believed: the scale does not matter, so the kernel may be brought to another one.
import numpy as np


def effective_rank(kernel):
    if not kernel.any():
        return 0.0
    matrix = kernel.reshape(-1, kernel.shape[-1])
    matrix /= np.abs(matrix).max()
    sigma = np.linalg.svd(matrix, compute_uv=False)
    p = sigma[sigma > 0] / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
