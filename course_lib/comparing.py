"""Comparing methods: an interval for a gain over all that was left to chance, and a verdict."""

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_lib.language import _


class Verdict(StrEnum):
    """What an interval of a gain says."""

    MORE = "more"
    LESS = "less"
    UNDECIDED = "undecided"


def verdict(interval: tuple[float, float]) -> Verdict:
    """Return on which side of zero the whole interval (low, high) lies, or that it holds zero."""
    low, high = interval
    if not low <= high:
        problem = _("An interval needs its lower end first, and numbers: not {interval}.")
        raise CourseError(problem.format(interval=interval))
    return Verdict.MORE if low > 0 else Verdict.LESS if high < 0 else Verdict.UNDECIDED


def crossed_interval(
    gains: ArrayLike, confidence: float = 0.95, *, comparisons: int = 1
) -> tuple[float, Interval]:
    """Return the mean of `gains` and its interval, when both seeds and images are chance.

    The variances of the mean over seeds and over images are added, which is a little more than is
    due; the quantile is Student's with the degrees of freedom of that sum (Satterthwaite, "An
    approximate distribution of estimates of variance components", 1946).

    Args:
        gains: (seeds, images), for example +1 where only the first of two methods was right, -1
            where only the second was. What else is chance, such as the draw of the labelled images,
            is another one for every seed, and so is covered with it.
        confidence: of the interval; above 0, below 1.
        comparisons: how many intervals are read together. With more than one each is widened
            (Bonferroni), so that *all* of them hold their true value with this confidence.

    Raises:
        CourseError: fewer than two seeds or two images, or a number that makes no sense.
    """
    gains = np.asarray(gains, dtype=np.float64)
    if gains.ndim != 2 or min(gains.shape) < 2:
        problem = _(
            "Needed are gains of shape (seeds, images), two or more of each, not {gains_shape}."
        )
        raise CourseError(problem.format(gains_shape=gains.shape))
    if not 0 < confidence < 1 or comparisons < 1:
        problem = _(
            "confidence lies between 0 and 1, and comparisons is at least 1; got "
            "{confidence} and {comparisons}."
        )
        raise CourseError(problem.format(confidence=confidence, comparisons=comparisons))
    sizes = np.array(gains.shape)
    variances = np.array([gains.mean(axis=1).var(ddof=1), gains.mean(axis=0).var(ddof=1)]) / sizes
    mean, variance = float(gains.mean()), variances.sum()
    if not variance:
        return mean, Interval(mean, mean)
    freedom = variance**2 / np.sum(variances**2 / (sizes - 1))
    half = stats.t.ppf(1 - (1 - confidence) / 2 / comparisons, freedom) * np.sqrt(variance)
    return mean, Interval(float(mean - half), float(mean + half))
