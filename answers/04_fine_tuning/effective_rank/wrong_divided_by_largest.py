# Believed: shares are parts of the largest singular value.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    if not sigma.any():
        return 0.0
    p = sigma[sigma > 0] / sigma.max()
    return np.exp(-np.sum(p * np.log(p)))
