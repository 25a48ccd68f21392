"""Choosing among candidates by their losses on a validation part."""

import numpy as np
from numpy.typing import ArrayLike

from course_lib.errors import CourseError
from course_lib.language import _


def simplest_within_one_error(losses: ArrayLike) -> int:
    """Return the position of the first candidate that can't be told from the best one.

    The rule of one standard error (Breiman, Friedman, Olshen and Stone, *Classification and
    Regression Trees*, 1984, section 3.4.3), with the error of the difference, since all candidates
    meet the same examples. A choice of the very best hangs on chance, and between near equals on
    the last digits of a processor.

    Args:
        losses: (candidates, examples), the simplest candidate first; low is good. A loss that
            moves a little with each prediction, such as the log loss, is better than counts of
            mistakes, which jump.

    Raises:
        CourseError: there are no candidates or fewer than two examples, or a loss is not a number.
    """
    losses = np.asarray(losses, dtype=np.float64)
    if losses.ndim != 2 or not len(losses) or losses.shape[1] < 2 or np.isnan(losses).any():
        problem = _(
            "Needed are losses of shape (candidates, examples), at least one candidate and "
            "two examples, without NaN; not an array of shape {losses_shape}."
        )
        raise CourseError(problem.format(losses_shape=losses.shape))
    behind = losses - losses[losses.mean(axis=1).argmin()]
    error = behind.std(axis=1, ddof=1) / np.sqrt(losses.shape[1])
    return int(np.flatnonzero(behind.mean(axis=1) <= error)[0])
