"""What lesson 07 says about its own run."""

import numpy as np
from sklearn import metrics

from benchmarks.claims import claim
from course_lib import evaluation

# Validation photos of which the training part has another version, by eye.
_SAME_PICTURE = (188, 212, 342, 490, 533, 782)


# -- calibration -----------------------------------------------------------------------------------


@claim("until it knew most of its training photos by heart", least=0.8)
def accuracy_on_the_training_photos(lesson):
    guesses = lesson.head.predict(lesson.f_train, verbose=0).argmax(axis=1)
    return np.mean(guesses == lesson.y_train)


@claim("Below the line, and most of its answers", least=0.03)
def confidence_over_accuracy(lesson):
    return lesson.confidence.mean() - lesson.correct.mean()


@claim("Below the line, and most of its answers", least=0.75)
def share_of_answers_in_bins_below_the_line(lesson):
    index = np.minimum((10 * lesson.confidence).astype(int), 9)
    too_sure = lesson.confidence - lesson.correct
    return sum(np.mean(index == k) for k in set(index) if too_sure[index == k].sum() > 0)


@claim("most of its answers crowd at the right end", least=0.55)
def share_of_answers_in_the_last_bin(lesson):
    return np.mean(lesson.confidence > 0.9)


@claim('It says "certain" about photos that it gets wrong.', least=4)
def wrong_answers_with_99_per_cent_confidence(lesson):
    return np.sum(~lesson.correct & (lesson.confidence > 0.99))


@claim("even a perfect model does not reach 0 on a finite number of photos", least=0.005)
def calibration_error_of_a_perfect_model(lesson):
    return np.mean(lesson.tossed)


@claim("None: dividing by T keeps the order.", most=0)
def answers_changed_by_the_temperature(lesson):
    return np.sum(lesson.softened.argmax(axis=1) != lesson.guesses)


@claim("Same answers, same accuracy, honest confidences", most=0.7)
def calibration_error_left_by_the_temperature(lesson):
    after, before = (
        lesson.expected_calibration_error(
            each.max(axis=1)[lesson.rest], lesson.correct[lesson.rest]
        )
        for each in (lesson.softened, lesson.probabilities)
    )
    return after / before


@claim("with its fixed 0.5, falls because the model", least=0.01)
def fall_of_recall_by_the_temperature(lesson):
    labels = lesson.y_validation[lesson.rest]
    before, after = (
        np.mean(each[lesson.rest][np.arange(len(labels)), labels] > 0.5)
        for each in (lesson.probabilities, lesson.softened)
    )
    return before - after


def _gap_of_recall(lesson, probabilities):
    """Return the accuracy minus Keras' `Recall()`, which asks what is above 0.5."""
    of_true_class = probabilities[np.arange(len(probabilities)), lesson.y_validation]
    return lesson.correct.mean() - np.mean(of_true_class > 0.5)


@claim("with its fixed 0.5, falls because the model", least=0.01)
def growth_of_the_gap_by_the_temperature(lesson):
    return _gap_of_recall(lesson, lesson.softened) - _gap_of_recall(lesson, lesson.probabilities)


@claim("What counts is the distance of both from the habit.", least=1.5)
def gain_of_the_formula_over_what_the_search_adds(lesson):
    habit, formula, search = (
        lesson.cost_per_photo(lesson.bird_validation, lesson.scores >= threshold)
        for threshold in (0.5, lesson.by_formula, lesson.threshold)
    )
    return (habit - formula) / max(formula - search, 1e-3)


# -- slices ----------------------------------------------------------------------------------------


def _rates(lesson, *names):
    """Return the shares of false alarms of some classes."""
    return np.array([lesson.by_class[name][0] for name in names])


def _overall(lesson):
    return lesson.raised[~lesson.bird_validation].mean()


@claim("Both, it turns out: some animals, and airplanes.", least=0.02)
def second_most_alarming_animal_over_all_photos(lesson):
    animals = _rates(lesson, "cat", "deer", "dog", "frog", "horse")
    return np.sort(animals)[-2] - _overall(lesson)


@claim("Both, it turns out: some animals, and airplanes.", least=0.02)
def airplanes_over_all_photos(lesson):
    return _rates(lesson, "airplane")[0] - _overall(lesson)


@claim("For most classes the overall rate lies outside the interval", least=5)
def classes_whose_interval_misses_the_overall_rate(lesson):
    rate = _overall(lesson)
    return sum(not low <= rate <= high for _, (low, high) in lesson.by_class.values())


@claim("hardly ever raise an alarm", most=0.06)
def alarms_of_road_vehicles(lesson):
    return _rates(lesson, "automobile", "truck").max()


@claim("others do so many times as often", least=4)
def most_alarming_class_over_road_vehicles(lesson):
    rates = _rates(lesson, *lesson.by_class)
    return rates.max() / max(_rates(lesson, "automobile", "truck").mean(), 0.005)


# -- leaks -----------------------------------------------------------------------------------------


def _recall_of_leaky(lesson, features, birds):
    return lesson.leaky.predict(features)[birds].mean()


@claim("A dream, and a rude awakening.", least=0.97)
def recall_on_the_quarter_of_the_colleague(lesson):
    held_out = lesson.held_out
    return _recall_of_leaky(lesson, lesson.f_train[held_out], lesson.bird_train[held_out])


@claim("A dream, and a rude awakening.", most=0.85)
def recall_of_the_colleague_on_new_photos(lesson):
    return _recall_of_leaky(lesson, lesson.f_validation, lesson.bird_validation)


@claim("nearly every bird of the quarter has a twin among the training photos", least=0.98)
def share_of_birds_with_a_twin(lesson):
    return np.isin(lesson.birds_held_out, lesson.twins).mean()


@claim("several pairs are the same picture", least=3)
def pairs_of_the_same_picture(lesson):
    return np.isin(lesson.suspects, _SAME_PICTURE).sum()


@claim("The best of forty on a few photos is mostly the luckiest of forty.", least=0.03)
def fall_of_the_winner_on_new_photos(lesson):
    return lesson.fall.mean()


@claim("The best of forty on a few photos is mostly the luckiest of forty.", least=0.75)
def share_of_games_in_which_the_winner_fell(lesson):
    return np.mean(lesson.fall > 0)


# -- the test part ---------------------------------------------------------------------------------


def _share_right(lesson, photos):
    """Return how often the detector at 0.5, and each of the others, is right on some photos."""
    first, *others = (
        np.mean((answer == lesson.bird_test)[photos]) for answer in lesson.answers.values()
    )
    return first, others


@claim("By accuracy, the detector that misses the most birds.", least=0.02)
def accuracy_at_one_half_over_the_others(lesson):
    first, others = _share_right(lesson, slice(None))
    return first - max(others)


@claim("By accuracy, the detector that misses the most birds.", least=0.1)
def recall_of_the_others_over_one_half(lesson):
    first, others = _share_right(lesson, lesson.bird_test)
    return min(others) - first


def _width_of_recall_over_accuracy(lesson, answer):
    """Return how many times as wide as the interval of accuracy that of recall is."""
    widths = [
        np.ptp(evaluation.metric_interval(metric, lesson.bird_test, answer, resamples=300))
        for metric in (metrics.recall_score, metrics.accuracy_score)
    ]
    return widths[0] / widths[1]


@claim("The interval of recall is wider than that of accuracy for each of the three", least=1.1)
def least_width_of_recall_over_accuracy(lesson):
    return min(_width_of_recall_over_accuracy(lesson, each) for each in lesson.answers.values())


@claim("and several times as wide for the first", least=3)
def width_of_recall_over_accuracy_at_one_half(lesson):
    return _width_of_recall_over_accuracy(lesson, lesson.answers["detector at 0.5"])
