# Believed: the entropy is the effective rank.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    p = sigma[sigma > 0] / sigma.sum()
    return -np.sum(p * np.log(p))
