"""Measures of Δθ that lesson 04 asks its learners to write; kept out of the package they import.

Here they are for the benchmark and the tests, which measure with them.
"""

from collections.abc import Mapping

import numpy as np

from course_lib import delta


def relative_norms(
    change: Mapping[str, np.ndarray], theta: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return ‖Δθ‖ / ‖θ‖ for every layer, in the order of `theta`.

    All arrays of a layer count together. A layer that did not change has 0; one that was all zeros
    and changed has infinity.
    """
    ratios = {}
    for layer in dict.fromkeys(name.rpartition("/")[0] for name in theta):
        names = [name for name in theta if name.rpartition("/")[0] == layer]
        size, before = (delta.norm({n: whole[n] for n in names}) for whole in (change, theta))
        ratios[layer] = size / before if before else (np.inf if size else 0.0)
    return ratios


def effective_rank(array: np.ndarray) -> float:
    """Return exp(H(p)), with H the entropy (natural logarithm) of p = σ / Σσ; 0 for all zeros.

    From 1, when one direction carries everything, to the rank, when all of them carry the same.

    Source: Roy and Vetterli, "The effective rank: a measure of effective dimensionality" (EUSIPCO
    2007), definition 1.
    """
    values = delta.singular_values(array)
    if not values.any():
        return 0.0
    shares = values[values > 0] / values.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


def truncate(change: Mapping[str, np.ndarray], rank: int) -> delta.Parameters:
    """Return Δθ with every matrix replaced by the nearest one of rank `rank` or less.

    Nearest in the Frobenius norm: the first `rank` terms of the singular value decomposition
    (Eckart and Young, 1936). Vectors and depthwise kernels stay as they are, even at rank 0.
    """
    cut = {}
    for name, array in change.items():
        matrix = delta.as_matrix(array).astype(np.float64)
        if matrix.shape[1] > 1:
            left, values, right = np.linalg.svd(matrix, full_matrices=False)
            matrix = (left[:, :rank] * values[:rank]) @ right[:rank]
        cut[name] = matrix.reshape(np.shape(array))
    return delta.Parameters(cut)
