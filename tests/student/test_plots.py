"""Figures of a training and of a report."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import HISTORY, REPORT, plots_of_a_training
from matplotlib.figure import Figure

from course_lib import plots
from course_lib.errors import CourseError


def test_each_plot_returns_a_figure_that_can_be_saved_and_is_not_shown_twice():
    for figure in plots_of_a_training():
        assert isinstance(figure, Figure)
        assert not plt.get_fignums(), "an open figure appears a second time in a notebook"
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        assert buffer.tell() > 1000


def test_learning_curves_tell_training_from_validation_without_colour():
    axes = plots.learning_curves({"a": HISTORY, "b": HISTORY}).axes[0]
    looks = {(line.get_linestyle(), line.get_marker()) for line in axes.lines}
    assert len(looks) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "a, training",
        "a, validation",
        "b, training",
        "b, validation",
    ]


def test_a_keras_history_can_be_passed_as_it_is():
    class History:
        history = HISTORY

    assert len(plots.learning_curves(History()).axes[0].lines) == 2


def test_confusion_matrix_prints_the_counts():
    texts = [t.get_text() for t in plots.confusion_matrix(REPORT).axes[0].texts]
    assert texts == ["1", "1", "1", "1"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.learning_curves({"a": {"loss": [1]}}), "no 'accuracy'. It has: loss"),
        (lambda: plots.learning_curves({}), "no history"),
        (lambda: plots.image_grid([]), "no images"),
        (lambda: plots.image_grid(np.zeros((2, 4, 4)), ["one"]), "2 images but 1 titles"),
        (lambda: plots.intervals({}), "no values"),
    ],
)
def test_bad_input_is_explained(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_float_images_above_one_are_taken_as_0_to_255():
    figure = plots.image_grid([np.full((4, 4, 3), 127.5), np.full((4, 4, 3), 0.5)])
    arrays = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    np.testing.assert_allclose(arrays[0], arrays[1])


def test_colours_differ_in_brightness():
    """Okabe and Ito's colours; neighbours in the cycle must differ in a grey print as well."""
    from matplotlib.colors import to_rgb

    grey = [np.dot(to_rgb(colour), (0.299, 0.587, 0.114)) for colour in plots.COLOURS[:2]]
    assert abs(grey[0] - grey[1]) > 0.08


def test_bars_begin_with_the_first_label_at_the_top():
    axes = plots.bars({"first": 1.0, "second": 3.0}).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert axes.yaxis.get_inverted()
    assert [bar.get_width() for bar in axes.patches] == [1.0, 3.0]
