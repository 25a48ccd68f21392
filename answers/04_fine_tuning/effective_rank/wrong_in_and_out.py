# Believed: in and out are the matrix, and the places of the window are averaged.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel, compute_uv=False).reshape(-1, min(kernel.shape[-2:])).mean(axis=0)
    if not sigma.any():
        return 0.0
    p = sigma[sigma > 0] / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
