# Believed: the shares are those of the energy.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False) ** 2
    p = sigma[sigma > 0] / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
