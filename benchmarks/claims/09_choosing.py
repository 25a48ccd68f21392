"""What lesson 09 says about its own run."""

from itertools import combinations

import numpy as np
from scipy import stats

from benchmarks.claims import claim
from course_lib import choosing, evaluation

_GENERAL = ("published ImageNet", "parameters")
_ALL_LABELS = ("k-NN, 500 labels", "LogME, 500 labels")


# -- scores ----------------------------------------------------------------------------------------


@claim("it computes the same numbers as `M 96`", most=0.01)
def features_of_the_other_runtime(lesson):
    kept = lesson.features["M 96"][0][:8]
    return np.abs(lesson.lite["M 96 lite"](lesson.x_train[:8]) - kept).max() / np.abs(kept).max()


def _real_and_shuffled(lesson):
    """Return the LogME of `M 96` for the labels as they are, and for shuffled ones."""
    features, labels = lesson.features["M 96"][0], lesson.y_train
    shuffled = np.random.default_rng(0).permutation(labels)
    return choosing.log_me(features, labels), choosing.log_me(features, shuffled)


@claim("Real labels score higher than shuffled ones", least=0.05)
def score_of_real_labels_over_shuffled_ones(lesson):
    real, shuffled = _real_and_shuffled(lesson)
    return real - shuffled


@claim("its features hardly know the classes", most=0.4)
def untrained_network_on_the_way_from_shuffled_to_real(lesson):
    real, shuffled = _real_and_shuffled(lesson)
    return (choosing.log_me(lesson.untrained[0], lesson.y_train) - shuffled) / (real - shuffled)


def _agreements(lesson):
    """Return Kendall's τ of every two of the scores."""
    names = list(lesson.features)
    columns = [[values[name] for name in names] for values in lesson.scores.values()]
    return [stats.kendalltau(*pair).statistic for pair in combinations(columns, 2)]


@claim("The scores agree on much, but not on everything.", least=0.3)
def mean_agreement_of_two_scores(lesson):
    return np.mean(_agreements(lesson))


@claim("The scores agree on much, but not on everything.", most=0.9)
def least_agreement_of_two_scores(lesson):
    return min(_agreements(lesson))


# -- the outcome -----------------------------------------------------------------------------------


def _difference(lesson, first, second):
    """Return the interval of the difference of two candidates' accuracies."""
    return evaluation.mean_interval(lesson.right[first].astype(float) - lesson.right[second])


@claim("are the same weights: the input size alone makes the", least=0.03)
def low_end_of_what_the_input_size_makes(lesson):
    return _difference(lesson, "M 96", "M 48").low


@claim("by which one network is ahead on ImageNet could not be seen here at either size", most=0)
def low_end_of_what_the_better_network_of_the_tables_gains(lesson):
    return max(_difference(lesson, f"L {size}", f"M {size}").low for size in (96, 128))


@claim("a part of a network can be as good as the whole", most=0)
def low_end_of_what_the_whole_gains_over_its_part(lesson):
    return _difference(lesson, "L 96", "L 96 cut at 6").low


def _bars(lesson):
    """Return low and high ends of the bars of τ, each of shape (predictors,)."""
    return np.array([lesson.middle(drawn) for drawn in lesson.tau_drawn.values()]).T


@claim("They are long and overlap.", least=0.25)
def length_of_the_shortest_bar(lesson):
    low, high = _bars(lesson)
    return (high - low).min()


@claim("They are long and overlap.", least=0.6)
def share_of_pairs_of_bars_that_overlap(lesson):
    pairs = combinations(_bars(lesson).T, 2)
    return np.mean([max(a[0], b[0]) <= min(a[1], b[1]) for a, b in pairs])


@claim("photos and labels of *this* task follow the outcome", least=0.25)
def least_tau_of_a_score(lesson):
    return min(lesson.tau(values) for values in lesson.scores.values())


@claim("stands lower in the picture than the scores from all 500 labels", least=0)
def tau_of_the_scores_over_what_is_known_in_general(lesson):
    scores, general = (
        [lesson.tau(lesson.predictors[name]) for name in names] for names in (_ALL_LABELS, _GENERAL)
    )
    return min(scores) - max(general)


@claim("Most of τ comes from pairs that anybody could have sorted.", least=0.55)
def share_of_tau_from_pairs_more_than_five_points_apart(lesson):
    names = list(lesson.features)
    far = near = 0
    for values in lesson.scores.values():
        for a, b in combinations(names, 2):
            gap = lesson.accuracy[a] - lesson.accuracy[b]
            agrees = np.sign(gap) * np.sign(values[a] - values[b])
            far, near = (far + agrees, near) if abs(gap) > 0.05 else (far, near + agrees)
    return far / (far + near)


# -- labels ----------------------------------------------------------------------------------------


def _means(lesson):
    """Return the mean curves by candidate (row) and number of labels (column)."""
    return np.array([lesson.curves[name].mean(axis=0) for name in lesson.shown])


@claim("see how few labels the best ones need for it", least=0.03)
def best_with_10_labels_over_the_smallest_input_with_50(lesson):
    return _means(lesson)[:, lesson.COUNTS.index(10)].max() - lesson.curves["M 48"][:, -1].mean()


@claim("since with few labels it matters a lot *which* ones you happen to have", least=0.04)
def mean_spread_over_draws_of_five_labels(lesson):
    return np.mean([np.ptp(lesson.curves[name][:, 0]) for name in lesson.shown])


@claim("the luck of the draw is as large as the gap between some of the", least=1)
def spread_with_five_labels_over_the_smallest_gap(lesson):
    gap = np.diff(np.sort(_means(lesson)[:, 0])).min()
    return mean_spread_over_draws_of_five_labels.value(lesson) / max(gap, 0.001)


# -- the decision ----------------------------------------------------------------------------------


def _best_low_end(lesson, megabytes):
    """Return the highest low end of an accuracy among the files of at most this size."""
    fitting = (each for each in lesson.listed_candidates if each["mb"] <= megabytes)
    return max(each["low"] for each in fitting)


@claim("The camera's customer gets no model", most=0.78)
def sure_accuracy_in_a_file_for_the_camera(lesson):
    return _best_low_end(lesson, lesson.customers["camera"]["max_mb"])


@claim("The choices for the archive and the app have been made.", least=0.55)
def sure_accuracy_in_a_file_for_the_app(lesson):
    return _best_low_end(lesson, lesson.customers["app"]["max_mb"])
