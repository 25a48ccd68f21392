"""Intervals and verdicts for gains of one method over another."""

import numpy as np
import pytest
from scipy import stats

from course_lib import comparing
from course_lib.errors import CourseError


def simulated(random, gain, seeds=5, images=200):
    """Return gains with chance in seeds, in images, and in both together."""
    return (
        gain
        + 0.02 * random.normal(size=(seeds, 1))
        + 0.3 * random.normal(size=(1, images))
        + 0.3 * random.normal(size=(seeds, images))
    )


def test_the_true_gain_lies_inside_as_often_as_said():
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        _, (low, high) = comparing.crossed_interval(simulated(random, 0.05))
        inside += low <= 0.05 <= high
    assert 0.93 < inside / 400 < 0.995


def test_of_many_comparisons_without_a_gain_hardly_ever_one_is_decided():
    """Uncorrected, 20 of them would give a false verdict in most families."""
    random = np.random.default_rng(1)
    alone = together = 0
    for _ in range(100):
        family = [simulated(random, 0.0) for _ in range(20)]
        for corrected in (False, True):
            intervals = [
                comparing.crossed_interval(gains, comparisons=20 if corrected else 1)[1]
                for gains in family
            ]
            decided = any(comparing.verdict(each) != "undecided" for each in intervals)
            together += decided and corrected
            alone += decided and not corrected
    assert alone > 30 and together < 12


def test_where_only_seeds_differ_the_interval_is_students():
    gains = np.repeat([[0.1], [0.2], [0.4]], 50, axis=1)
    mean, (low, high) = comparing.crossed_interval(gains)
    assert mean == pytest.approx(0.7 / 3)
    expected = stats.t.interval(0.95, 2, mean, np.std([0.1, 0.2, 0.4], ddof=1) / np.sqrt(3))
    assert (low, high) == pytest.approx(expected)


def test_where_only_images_differ_their_number_counts():
    gains = np.repeat(np.random.default_rng(0).normal(0.1, 1, (1, 400)), 3, axis=0)
    mean, (low, high) = comparing.crossed_interval(gains)
    half = stats.t.ppf(0.975, 399) * gains[0].std(ddof=1) / 20
    assert (low, high) == pytest.approx((mean - half, mean + half), rel=0.01)


def test_no_chance_at_all_is_an_interval_of_no_width():
    assert comparing.crossed_interval(np.full((2, 2), 0.25)) == (0.25, (0.25, 0.25))


@pytest.mark.parametrize("shape", [(5,), (1, 10), (5, 1), (2, 3, 4)])
def test_seeds_and_images_are_needed(shape):
    with pytest.raises(CourseError, match="seeds, images"):
        comparing.crossed_interval(np.zeros(shape))


@pytest.mark.parametrize("wrong", [{"confidence": 95}, {"confidence": 0}, {"comparisons": 0}])
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(CourseError, match="confidence lies between"):
        comparing.crossed_interval(np.eye(3), **wrong)


@pytest.mark.parametrize(
    ("interval", "said"),
    [((0.01, 0.2), "more"), ((-0.2, -0.01), "less"), ((-0.1, 0.1), "undecided"),
     ((0.0, 0.1), "undecided"), ((-0.1, 0.0), "undecided")],
)  # fmt: skip
def test_a_verdict_names_both_directions(interval, said):
    assert comparing.verdict(interval) == said


@pytest.mark.parametrize("interval", [(0.2, 0.1), (float("nan"), 0.1)])
def test_an_interval_that_is_none_gets_no_verdict(interval):
    with pytest.raises(CourseError, match="lower end first"):
        comparing.verdict(interval)
