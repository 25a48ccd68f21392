# Believed: the base of the logarithm does not matter.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    p = sigma[sigma > 0] / sigma.sum()
    return np.exp(-np.sum(p * np.log2(p)))
