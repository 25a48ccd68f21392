import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from course_lib import evaluation
from course_lib.errors import CourseError

LABELS = np.array([0, 0, 0, 1, 1, 2])
GUESSES = np.array([0, 0, 1, 1, 0, 2])


def test_report_agrees_with_scikit_learn():
    report = evaluation.classification_report(LABELS, GUESSES, ["cat", "dog", "owl"])
    assert report.accuracy == pytest.approx(4 / 6)
    np.testing.assert_allclose(report.precision, [2 / 3, 1 / 2, 1])
    np.testing.assert_allclose(report.recall, [2 / 3, 1 / 2, 1])
    np.testing.assert_array_equal(report.support, [3, 2, 1])
    np.testing.assert_array_equal(report.confusion, [[2, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert report.macro_f1 == pytest.approx(metrics.f1_score(LABELS, GUESSES, average="macro"))
    assert report.accuracy_interval.low <= report.accuracy <= report.accuracy_interval.high
    assert "dog" in str(report) and "n = 6" in str(report)


def test_probabilities_one_hot_labels_and_keras_columns_are_understood():
    probabilities = np.eye(3)[GUESSES] * 0.8 + 0.1
    wanted = evaluation.classification_report(LABELS, GUESSES).confusion
    for labels in (LABELS, np.eye(3)[LABELS], LABELS[:, None]):
        got = evaluation.classification_report(labels, probabilities).confusion
        np.testing.assert_array_equal(got, wanted)


def test_a_class_that_never_occurs_counts_zero_without_a_warning(recwarn):
    report = evaluation.classification_report([0, 0], [0, 0], ["a", "b"])
    assert report.recall[1] == 0 and report.support[1] == 0
    assert not recwarn.list


@pytest.mark.parametrize(
    ("labels", "predictions", "words"),
    [
        ([], [], "no labels"),
        ([0, 1], [0], "2 labels but 1 predictions"),
        ([0, 1], [0.2, 0.7], "class numbers"),
        ([0, 1], [[np.nan, 1], [0, 1]], "NaN"),
        ([0, -1], [0, 0], "class numbers"),
        (["cat"], ["cat"], "class numbers"),
        ([0, 5], [0, 0], "class 5"),
    ],
)
def test_bad_input_is_explained(labels, predictions, words):
    with pytest.raises(CourseError, match=words):
        evaluation.classification_report(labels, predictions, ["a", "b"])


def test_interval_is_reproducible_and_shrinks_with_more_examples():
    right = np.arange(400) % 4 > 0
    small = evaluation.accuracy_interval(np.ones(100, int), right[:100].astype(int))
    large = evaluation.accuracy_interval(np.ones(400, int), right.astype(int))
    assert small == evaluation.accuracy_interval(np.ones(100, int), right[:100].astype(int))
    assert large.high - large.low < 0.6 * (small.high - small.low)
    # The normal approximation of 75 % of 400: 0.75 ± 1.96 sqrt(0.75 · 0.25 / 400)
    np.testing.assert_allclose(large, (0.7076, 0.7924), atol=0.01)


def test_all_right_gives_a_point():
    assert evaluation.accuracy_interval([1, 0], [1, 0]) == (1.0, 1.0)


def test_paired_difference_is_narrower_than_separate_intervals():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 500)
    first = np.where(random.random(500) < 0.8, labels, 1 - labels)
    second = first.copy()
    second[:20] = labels[:20]
    interval = evaluation.accuracy_difference_interval(labels, second, first)
    alone = evaluation.accuracy_interval(labels, first)
    assert 0 <= interval.low < interval.high < (alone.high - alone.low)
    assert evaluation.accuracy_difference_interval(labels, first, first) == (0, 0)


def test_confidence_must_be_a_share():
    with pytest.raises(CourseError, match="between 0 and 1"):
        evaluation.accuracy_interval([0, 1], [0, 0], confidence=95)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_accuracy_lies_in_its_interval_and_counts_add_up(pairs):
    labels, guesses = map(np.array, zip(*pairs, strict=True))
    report = evaluation.classification_report(labels, guesses, list("abcd"), resamples=200)
    assert report.confusion.sum() == len(pairs)
    assert report.accuracy_interval.low - 1e-9 <= report.accuracy
    assert report.accuracy <= report.accuracy_interval.high + 1e-9


def test_a_large_test_set_stays_within_memory():
    labels = np.zeros(300_000, int)
    interval = evaluation.accuracy_interval(labels, np.arange(300_000) % 2, resamples=100)
    assert interval.high - interval.low < 0.01
