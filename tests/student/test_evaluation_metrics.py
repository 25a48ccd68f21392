"""Intervals of any metric, and of slices."""

import numpy as np
import pytest
from sklearn import metrics

from course_lib import evaluation
from course_lib.errors import CourseError

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.random(400) < 0.25
GUESSES = np.where(RANDOM.random(400) < 0.85, LABELS, ~LABELS)


def accuracy(labels, guesses):
    return np.mean(labels == guesses)


def test_metric_interval_of_the_accuracy_is_that_of_accuracy_interval():
    got = evaluation.metric_interval(accuracy, LABELS, GUESSES, resamples=2000)
    wanted = evaluation.accuracy_interval(LABELS.astype(int), GUESSES.astype(int), resamples=2000)
    np.testing.assert_allclose(got, wanted, atol=0.006)


def test_metric_interval_is_reproducible_and_holds_the_value():
    first = evaluation.metric_interval(metrics.f1_score, LABELS, GUESSES, resamples=200, seed=3)
    again = evaluation.metric_interval(metrics.f1_score, LABELS, GUESSES, resamples=200, seed=3)
    assert first == again
    assert first.low < metrics.f1_score(LABELS, GUESSES) < first.high


def test_metric_interval_covers_the_truth_about_as_often_as_it_says():
    """Of 100 samples of known accuracy 0.8, about 80 intervals of 80 % hold it."""
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(100):
        right = random.random(100) < 0.8
        low, high = evaluation.metric_interval(
            accuracy, np.ones(100, bool), right, confidence=0.8, resamples=200
        )
        hits += low <= 0.8 <= high
    assert 66 <= hits <= 92  # 80 ± 3 standard deviations, and the steps of 1/100


def test_metric_interval_keeps_labels_and_several_outputs_together():
    both = np.stack([GUESSES, GUESSES], axis=1)
    interval = evaluation.metric_interval(
        lambda labels, two: accuracy(labels, two[:, 0]) - accuracy(labels, two[:, 1]),
        LABELS,
        both,
        resamples=50,
    )
    assert interval == (0, 0)


def test_slices_are_measured_apart_and_small_ones_less_surely():
    first = np.arange(400) < 40
    found = evaluation.metric_by_slice(
        accuracy, LABELS, GUESSES, {"few": first, "many": ~first}, resamples=300
    )
    assert list(found) == ["few", "many"]
    assert found["few"][0] == accuracy(LABELS[:40], GUESSES[:40])
    few, many = (interval.high - interval.low for _, interval in found.values())
    assert few > 1.5 * many


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: evaluation.metric_interval(accuracy, [1, 0], [1]), "2 labels and 1 outputs"),
        (lambda: evaluation.metric_interval(accuracy, [1], [1]), "at least two"),
        (
            lambda: evaluation.metric_interval(accuracy, [1, 0], [1, 0], confidence=95),
            "between 0 and 1",
        ),
        (
            lambda: evaluation.metric_interval(lambda *_: np.nan, [1, 0], [1, 0], resamples=9),
            "undefined",
        ),
        (
            lambda: evaluation.metric_by_slice(accuracy, [1, 0], [1, 0], {"none": [False, False]}),
            "'none' holds 0 examples",
        ),
        (
            lambda: evaluation.metric_by_slice(accuracy, [1, 0], [1, 0], {"places": [0, 1]}),
            "'places' is not a mask",
        ),
    ],
)
def test_bad_input_is_explained(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_yes_no_metrics_are_those_of_scikit_learn():
    scores = np.random.default_rng(2).normal(LABELS * 1.0, 1.0)
    found = evaluation.yes_no_metrics(LABELS, scores, threshold=0.4, resamples=50)
    raised = scores >= 0.4
    for name, metric in {
        "accuracy": metrics.accuracy_score,
        "recall": metrics.recall_score,
        "precision": metrics.precision_score,
        "F1": metrics.f1_score,
    }.items():
        assert found[name][0] == pytest.approx(metric(LABELS, raised)), name
    assert found["ROC-AUC"][0] == pytest.approx(metrics.roc_auc_score(LABELS, scores))
    for value, interval in found.values():
        assert interval.low <= value <= interval.high


def test_yes_no_metrics_of_one_who_never_says_yes():
    found = evaluation.yes_no_metrics(LABELS, np.zeros(len(LABELS)), resamples=20)
    assert found["recall"][0] == found["precision"][0] == found["F1"][0] == 0
    assert found["ROC-AUC"][0] == 0.5


@pytest.mark.parametrize("labels", [LABELS.astype(int), np.ones(400, bool), np.zeros(400, bool)])
def test_yes_no_metrics_need_both_answers(labels):
    with pytest.raises(CourseError, match="bool"):
        evaluation.yes_no_metrics(labels, np.zeros(400))
