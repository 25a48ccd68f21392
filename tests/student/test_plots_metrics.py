"""The figures of lessons 06 and 07: what they draw is what scikit-learn computes."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import LABELS, SCORES, plots_of_metrics
from matplotlib.figure import Figure
from sklearn import metrics

from course_lib import plots
from course_lib.errors import CourseError


def test_each_plot_returns_a_figure_that_can_be_saved_and_is_not_shown_twice():
    for figure in plots_of_metrics():
        assert isinstance(figure, Figure)
        assert not plt.get_fignums(), "an open figure appears a second time in a notebook"
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        assert buffer.tell() > 1000


def legend_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_ranking_curves_print_the_areas_that_scikit_learn_computes():
    left, right = plots.ranking_curves({"m": (LABELS, SCORES)}).axes
    assert legend_of(left) == [f"m: area {metrics.roc_auc_score(LABELS, SCORES):.3f}"]
    average = metrics.average_precision_score(LABELS, SCORES)
    assert legend_of(right) == [f"m: average precision {average:.3f}"]


def test_ranking_curves_weights_move_the_precision_and_not_the_roc_curve():
    """Lesson 06 claims it: only the precision-recall curve sees how rare the positives are."""
    weights = {"rare": np.where(LABELS, 1, 11)}
    curves = {"as it is": (LABELS, SCORES), "rare": (LABELS, SCORES)}
    left, right = plots.ranking_curves(curves, weights=weights).axes
    areas = [text.split()[-1] for text in legend_of(left)]
    precisions = [float(text.split()[-1]) for text in legend_of(right)]
    assert areas[0] == areas[1]
    assert precisions[0] > precisions[1] + 0.1


def test_reliability_draws_confidence_against_the_share_of_right_answers():
    confidence = np.repeat([0.15, 0.95], 10)
    right = np.arange(20) % 10 < np.repeat([3, 8], 10)
    upper, lower = plots.reliability({"m": (confidence, right)}).axes
    np.testing.assert_allclose(upper.lines[1].get_xydata(), [[0.15, 0.3], [0.95, 0.8]])
    heights = [bar.get_height() for bar in lower.patches]
    np.testing.assert_allclose(heights, [0, 0.5] + [0] * 7 + [0.5])


def test_reliability_accepts_a_model_that_is_always_right():
    upper, _ = plots.reliability({"m": ([0.85, 0.95, 1.0], [True, True, True])}).axes
    np.testing.assert_allclose(upper.lines[1].get_ydata(), [1, 1])


def test_lines_and_histograms_name_everything_in_the_legend():
    axes = plots.lines({"cost": ([1, 2], [3, 2])}, marks={"best": 2}).axes[0]
    assert legend_of(axes) == ["cost", "best"]
    axes = plots.histograms({"a": [1, 2], "b": [2, 3]}).axes[0]
    assert legend_of(axes) == ["a", "b"]
    assert sum(patch.get_height() for patch in axes.patches) == 4


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.ranking_curves({}), "no scores"),
        (lambda: plots.ranking_curves({"m": ([1, 1], [0.2, 0.3])}), "all the same"),
        (lambda: plots.reliability({}), "no answers"),
        (lambda: plots.reliability({"m": ([0.2, 80], [1, 0])}), "from 0 to 1"),
        (lambda: plots.lines({}), "no curves"),
        (lambda: plots.histograms({"a": []}), "no numbers"),
    ],
)
def test_bad_input_is_explained(call, words):
    with pytest.raises(CourseError, match=words):
        call()
