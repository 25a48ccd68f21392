# Believed: 0 times log 0 takes care of itself.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    p = sigma / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
