"""The rule of one standard error."""

import numpy as np
import pytest

from course_lib import selection
from course_lib.errors import CourseError


def test_the_simplest_within_one_error_is_chosen():
    random = np.random.default_rng(0)
    best = random.normal(1, 0.3, 200)
    noise = random.normal(0, 0.1, 200)
    near, far = (best + noise - noise.mean() + lag for lag in (0.001, 0.05))
    assert selection.simplest_within_one_error([far, near, best]) == 1
    assert selection.simplest_within_one_error([best, near, far]) == 0
    # A constant lag has no error: it is one.
    assert selection.simplest_within_one_error([best + 1e-9, best]) == 1
    assert selection.simplest_within_one_error([best, best]) == 0


def test_the_choice_does_not_hang_on_rounding():
    """Of 300 choices between near equals, none changes when every loss is off by a millionth."""
    random = np.random.default_rng(1)
    for _ in range(300):
        common = random.exponential(1, 500)
        losses = common + random.normal(0, 0.05, (8, 1)) * random.normal(1, 1, (8, 500))
        shaken = losses * (1 + 1e-6 * random.normal(size=losses.shape))
        chosen = selection.simplest_within_one_error(losses)
        assert chosen == selection.simplest_within_one_error(shaken)


@pytest.mark.parametrize("losses", [[], [[]], [[1.0]], [1.0, 2.0], [[1.0, float("nan")]]])
def test_a_choice_needs_losses_of_candidates_on_examples(losses):
    with pytest.raises(CourseError, match="candidates, examples"):
        selection.simplest_within_one_error(losses)
