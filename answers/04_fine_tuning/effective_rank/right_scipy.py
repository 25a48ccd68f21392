# Takes the entropy from SciPy.
import numpy as np
from scipy import linalg, stats


def effective_rank(kernel):
    kernel = np.asarray(kernel, dtype=float)
    sigma = linalg.svdvals(kernel.reshape(-1, kernel.shape[-1]))
    return float(np.exp(stats.entropy(sigma))) if sigma.max() > 0 else 0.0
