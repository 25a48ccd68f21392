# Believed: a small number in the denominator takes care of a kernel of zeros.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    p = sigma / (sigma.sum() + 1e-12)
    return np.exp(-np.sum(p * np.log(p + 1e-12)))
