# Keeps the logarithm from zero with a tiny number.
import numpy as np


def effective_rank(kernel):
    matrix = np.reshape(kernel, (-1, np.shape(kernel)[-1]))
    _, sigma, _ = np.linalg.svd(matrix)
    if np.all(sigma == 0):
        return 0
    shares = sigma / np.sum(sigma)
    return np.exp(-(shares @ np.log(shares + 1e-12)))
