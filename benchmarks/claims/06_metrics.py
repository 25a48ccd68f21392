"""What lesson 06 says about its own run."""

import numpy as np

from benchmarks.claims import claim

# -- the detector ----------------------------------------------------------------------------------


def _accuracy(lesson, raised):
    return np.mean(raised == lesson.bird_validation)


@claim("It beats the baseline by a few points.", least=0.02, most=0.08)
def accuracy_of_the_detector_over_the_baseline(lesson):
    return _accuracy(lesson, lesson.alarms) - _accuracy(lesson, lesson.never)


@claim("Divide it by the sum of the row: would you stand on that runway?", least=0.25)
def share_of_birds_that_got_away(lesson):
    return 1 - lesson.alarms[lesson.bird_validation].mean()


# -- the head for ten classes ----------------------------------------------------------------------


def _right(lesson):
    return lesson.guesses == lesson.y_validation


@claim("the wrong ones more often than the right ones", least=0)
def unsure_among_wrong_answers_over_right_ones(lesson):
    unsure = lesson.probabilities.max(axis=1) < 0.5
    return unsure[~_right(lesson)].mean() - unsure[_right(lesson)].mean()


@claim("With `top_k=1` the largest output counts, and Keras agrees with you.", most=1e-4)
def recall_of_keras_from_yours(lesson):
    metric = lesson.keras.metrics.Recall(class_id=lesson.BIRD, top_k=1)
    theirs = lesson.keras_metric(metric, lesson.one_hot, lesson.probabilities)
    return abs(theirs - lesson.precision_and_recall(lesson.ten_classes)[1][lesson.BIRD])


@claim("Between `Recall()` and the accuracy the gap is small here", least=0, most=0.04)
def accuracy_over_recall(lesson):
    of_true_class = lesson.probabilities[np.arange(len(lesson.guesses)), lesson.y_validation]
    return _right(lesson).mean() - np.mean(of_true_class > 0.5)


# -- thresholds ------------------------------------------------------------------------------------


def _cheapest(lesson):
    """Return where the alarm is raised at the cheapest threshold."""
    return lesson.scores >= lesson.threshold


@claim("The cheapest threshold buys recall with false alarms.", least=0.1)
def recall_bought_by_the_cheapest_threshold(lesson):
    birds = lesson.bird_validation
    return _cheapest(lesson)[birds].mean() - lesson.alarms[birds].mean()


@claim("The cheapest threshold buys recall with false alarms.", least=0.03)
def false_alarms_paid_for_the_cheapest_threshold(lesson):
    others = ~lesson.bird_validation
    return _cheapest(lesson)[others].mean() - lesson.alarms[others].mean()


@claim("before you ever again choose between detectors by accuracy", least=0.02)
def accuracy_lost_by_the_cheapest_threshold(lesson):
    return _accuracy(lesson, lesson.alarms) - _accuracy(lesson, _cheapest(lesson))
