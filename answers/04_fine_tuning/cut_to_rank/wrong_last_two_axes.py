# Believed: in and out are the matrix, one for each place of the window.
import numpy as np


def cut_to_rank(kernel, k):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    k = min(k, s.shape[-1])
    nearest = (u[..., :k] * s[..., None, :k]) @ vt[..., :k, :]
    return nearest, k * (np.prod(kernel.shape[:-1]) + kernel.shape[-1])
