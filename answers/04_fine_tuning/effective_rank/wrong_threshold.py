# Believed: singular values below 0.01 are noise.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    sigma = sigma[sigma > 0.01]
    if sigma.size == 0:
        return 0.0
    p = sigma / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
