# Sets the singular values that are cut off to zero, and gives a list of float32.
import numpy as np


def cut_to_rank(kernel, k):
    kernel = np.asarray(kernel, dtype=np.float32)
    outputs = kernel.shape[-1]
    inputs = kernel.size // outputs
    u, s, vt = np.linalg.svd(kernel.reshape(inputs, outputs), full_matrices=False)
    s[k:] = 0
    nearest = u @ np.diag(s) @ vt
    return [np.reshape(nearest, kernel.shape), np.minimum(k, s.size) * (inputs + outputs)]
