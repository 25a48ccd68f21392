# Believed: the stable rank is the same thing.
import numpy as np


def effective_rank(kernel):
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)
    return np.sum(sigma**2) / sigma[0] ** 2 if sigma[0] else 0.0
