# Projects the outputs onto the k strongest directions.
import numpy as np


def cut_to_rank(kernel, k):
    kernel = np.asarray(kernel, dtype=float)
    matrix = kernel.reshape(-1, kernel.shape[-1])
    k = min(k, *matrix.shape)
    directions = np.linalg.svd(matrix, full_matrices=False)[2][:k]
    return (matrix @ directions.T @ directions).reshape(kernel.shape), k * sum(matrix.shape)
