"""What lessons 06 and 07 claim about Keras' metrics, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 300)
ONE_HOT = np.eye(4)[LABELS]
PROBABILITIES = RANDOM.dirichlet(np.ones(4), 300) * 0.6 + ONE_HOT * 0.4 * RANDOM.random((300, 1))
PROBABILITIES = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)
GUESSES = PROBABILITIES.argmax(axis=1)
ACCURACY = float((GUESSES == LABELS).mean())


def value(metric, labels=ONE_HOT, outputs=PROBABILITIES):
    metric.update_state(labels, outputs)
    return np.asarray(metric.result())


def test_a_right_answer_below_one_half_is_a_miss_for_recall():
    assert value(keras.metrics.Recall(), [[1, 0, 0]], [[0.40, 0.35, 0.25]]) == 0


def test_recall_counts_true_classes_above_one_half_and_not_the_largest():
    above = PROBABILITIES[np.arange(300), LABELS] > 0.5
    assert value(keras.metrics.Recall()) == pytest.approx(above.mean(), abs=1e-6)
    assert above.mean() < ACCURACY


def test_precision_leaves_unsure_answers_out():
    sure = PROBABILITIES.max(axis=1) > 0.5
    wanted = (GUESSES == LABELS)[sure].mean()
    assert value(keras.metrics.Precision()) == pytest.approx(wanted, abs=1e-6)


def test_top_k_1_makes_recall_and_precision_count_the_largest():
    for number in range(4):
        for ours, metric in (
            (metrics.recall_score, keras.metrics.Recall),
            (metrics.precision_score, keras.metrics.Precision),
        ):
            wanted = ours(number == LABELS, number == GUESSES)
            got = value(metric(class_id=number, top_k=1))
            assert got == pytest.approx(wanted, abs=1e-6)


def test_class_id_alone_still_asks_for_one_half():
    above = PROBABILITIES[LABELS == 2, 2] > 0.5
    assert value(keras.metrics.Recall(class_id=2)) == pytest.approx(above.mean(), abs=1e-6)


def test_f1_score_counts_the_largest_and_agrees_with_scikit_learn():
    for average in ("macro", "weighted", "micro"):
        wanted = metrics.f1_score(LABELS, GUESSES, average=average)
        got = value(keras.metrics.F1Score(average=average), ONE_HOT, PROBABILITIES)
        assert got == pytest.approx(wanted, abs=1e-5)


def test_micro_f1_is_the_accuracy():
    got = value(keras.metrics.F1Score(average="micro"))
    assert got == pytest.approx(ACCURACY, abs=1e-5)


def test_recall_and_f1_score_want_one_hot_labels_for_several_classes():
    for metric in (keras.metrics.Recall(), keras.metrics.F1Score()):
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
            value(metric, LABELS, PROBABILITIES)


def test_accuracy_finds_out_by_itself_which_labels_it_gets():
    for labels, loss in (
        (LABELS, "sparse_categorical_crossentropy"),
        (ONE_HOT, "categorical_crossentropy"),
    ):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Identity()])
        model.compile(loss=loss, metrics=["accuracy"])
        _, accuracy = model.evaluate(PROBABILITIES, labels, verbose=0)
        assert accuracy == pytest.approx(ACCURACY, abs=1e-6)


def test_a_softer_model_with_the_same_answers_has_a_smaller_recall():
    softer = PROBABILITIES**0.5
    softer = softer / softer.sum(axis=1, keepdims=True)
    assert np.array_equal(softer.argmax(axis=1), GUESSES)
    assert value(keras.metrics.Recall(), ONE_HOT, softer) < value(keras.metrics.Recall())


def test_recall_takes_the_threshold_as_an_argument():
    labels, scores = [1, 1, 1, 0], [0.04, 0.06, 0.9, 0.8]
    got = value(keras.metrics.Recall(thresholds=0.05), labels, scores)
    assert got == pytest.approx(2 / 3, abs=1e-6)
