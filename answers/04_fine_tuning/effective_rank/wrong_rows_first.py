# Believed: the first axis of a kernel makes the rows.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(kernel.shape[0], -1), compute_uv=False)
    if not sigma.any():
        return 0.0
    p = sigma[sigma > 0] / sigma.sum()
    return np.exp(-np.sum(p * np.log(p)))
