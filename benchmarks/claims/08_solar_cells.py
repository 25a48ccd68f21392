"""What lesson 08 says about its own run."""

import numpy as np
from scipy import stats
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from benchmarks.claims import claim
from course_lib import evaluation

_WITH, _WITHOUT = "frozen, class weights", "frozen, no weights"
_TREATMENTS = ("keep", "drop", "weigh")


# -- class weights ---------------------------------------------------------------------------------


def _gain_by_weights(lesson, metric):
    """Return what class weights add to a metric, split by split."""
    return lesson.frozen[_WITH][metric] - lesson.frozen[_WITHOUT][metric]


@claim("by accuracy nobody would use class weights", most=0)
def accuracy_gained_by_class_weights(lesson):
    return _gain_by_weights(lesson, "accuracy").mean()


@claim("without them more of the defective cells pass", least=0.02)
def recall_gained_by_class_weights(lesson):
    return _gain_by_weights(lesson, "recall").mean()


@claim("the missed defects are paid for with fewer false alarms", most=-0.01)
def precision_gained_by_class_weights(lesson):
    return _gain_by_weights(lesson, "precision").mean()


@claim("And the last column hardly moves.", most=0.005)
def area_moved_by_class_weights(lesson):
    return np.abs(_gain_by_weights(lesson, "ROC-AUC")).max()


@claim("the two heads put the cells into nearly the same order", least=0.98)
def rank_correlation_of_the_two_heads(lesson):
    return min(
        stats.spearmanr(lesson.with_weights[seed][1], lesson.without[seed][1]).statistic
        for seed in lesson.SEEDS
    )


@claim("A lower threshold does what the weights did.", most=0.45)
def threshold_with_the_recall_of_the_weights(lesson):
    return lesson.same_recall


@claim("A lower threshold does what the weights did.", most=0.02)
def accuracy_moved_from_weights_to_threshold(lesson):
    labels, scores = lesson.without[0]
    accuracy = np.mean((scores >= lesson.same_recall) == labels)
    return abs(accuracy - lesson.frozen[_WITH]["accuracy"][0])


# -- doubtful labels, and neighbours ---------------------------------------------------------------


def _accuracies(lesson, cells):
    """Return the accuracies by treatment (row) and split (column), tested on some cells."""
    return np.array([lesson.treatments[f"{name}, {cells}"]["accuracy"] for name in _TREATMENTS])


@claim("In accuracy the three treatments differ by less than the splits do", most=0.8)
def range_of_treatments_over_range_of_splits(lesson):
    tested = _accuracies(lesson, "tested on all")
    return np.ptp(tested.mean(axis=1)) / np.ptp(tested, axis=1).min()


@claim("In the test the effect is of another size.", least=2)
def gain_on_certain_cells_over_range_of_treatments(lesson):
    tested = _accuracies(lesson, "tested on all").mean(axis=1)
    gain = _accuracies(lesson, "on the certain").mean(axis=1) - tested
    return gain.min() / np.ptp(tested)


@claim("raises the accuracy of *every* head", least=0.005)
def least_gain_of_a_head_on_certain_cells(lesson):
    return (_accuracies(lesson, "on the certain") - _accuracies(lesson, "tested on all")).min()


@claim("What is lost is what the usual protocol owes to them.", least=0.01)
def accuracy_lost_without_neighbours(lesson):
    return lesson.leak_cost


@claim("Much larger blocks lose more (try 164 in place of 41)", least=0.01)
def further_accuracy_lost_with_blocks_of_164(lesson):
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    groups = np.arange(len(lesson.defective)) // 164
    answers = cross_val_predict(
        lesson.head(), lesson.features, lesson.defective, groups=groups, cv=folds
    )
    return np.mean(lesson.by_block == lesson.defective) - np.mean(answers == lesson.defective)


@claim("which can cost more accuracy than fine-tuning gained", least=0)
def accuracy_lost_without_neighbours_beyond_the_gain_of_tuning(lesson):
    return lesson.leak_cost - _gain_by_tuning(lesson, "accuracy").mean()


# -- fine-tuning -----------------------------------------------------------------------------------


def _gain_by_tuning(lesson, metric):
    """Return what fine-tuning adds to a metric of the frozen features, split by split."""
    return lesson.rungs["fine-tuned"][metric] - lesson.rungs[_WITH][metric]


@claim("Two and a half points to either side", least=0.02, most=0.03)
def half_the_interval_of_an_accuracy(lesson):
    low, high = lesson.tuned_metrics["accuracy"][1]
    return (high - low) / 2


@claim("In ROC-AUC, fine-tuning gains on every split.", least=0.005)
def least_area_gained_by_tuning(lesson):
    return _gain_by_tuning(lesson, "ROC-AUC").min()


@claim("sways from split to split nearly as much as it gains", least=0.5, most=1.1)
def range_of_tuned_accuracy_over_its_gain(lesson):
    swaying = np.ptp(lesson.rungs["fine-tuned"]["accuracy"])
    return swaying / _gain_by_tuning(lesson, "accuracy").mean()


@claim("frozen features and logistic regression: most of the way", least=0.6)
def share_of_the_way_with_frozen_features(lesson):
    start = 1 - lesson.truth.mean()
    frozen, tuned = (lesson.rungs[name]["accuracy"].mean() for name in (_WITH, "fine-tuned"))
    return (frozen - start) / (tuned - start)


# -- the decision ----------------------------------------------------------------------------------


def _cost_of(lesson, policy):
    """Return the cost per cell of a policy on the test cells."""
    return lesson.cost_per_cell(lesson.truth, lesson.rivals[policy])


@claim("The cost rises more slowly to the right", most=0.6)
def rise_of_the_cost_to_the_right_over_that_to_the_left(lesson):
    lowest = min(lesson.costs)
    right = np.searchsorted(lesson.candidates, 2 * lesson.threshold)
    return (lesson.costs[right] - lowest) / (lesson.costs[0] - lowest)


@claim("A network with a ROC-AUC above 0.9", least=0.9)
def area_of_the_tuned_network(lesson):
    return lesson.tuned_metrics["ROC-AUC"][0]


@claim(
    "costs this plant about as much as paying somebody to look at every cell", least=0.8, most=1.25
)
def cost_at_one_half_over_looking_at_every_cell(lesson):
    return _cost_of(lesson, "threshold 0.5") / _cost_of(lesson, "look at every cell")


@claim("with the right threshold the cost falls to about half", least=0.35, most=0.65)
def cost_at_the_chosen_threshold_over_one_half(lesson):
    return _cost_of(lesson, "chosen threshold") / _cost_of(lesson, "threshold 0.5")


@claim("it takes most of the cells off their table", least=0.55)
def share_of_cells_without_an_alarm(lesson):
    passed = ~lesson.rivals["chosen threshold"]
    bad = lesson.DEFECT_SHARE
    return bad * passed[lesson.truth].mean() + (1 - bad) * passed[~lesson.truth].mean()


@claim("lets a few defects in a hundred pass", least=0.01, most=0.08)
def share_of_defects_that_pass(lesson):
    return 1 - lesson.rivals["chosen threshold"][lesson.truth].mean()


@claim("nearly every cell that it does hand over is a good one", most=0.15)
def share_of_real_defects_among_the_alarms(lesson):
    return lesson.day["precision"]


@claim("People who look at ten good cells for each bad one", least=7.5, most=15)
def good_cells_for_each_bad_one(lesson):
    return 1 / lesson.day["precision"] - 1


# -- heat maps -------------------------------------------------------------------------------------


@claim("Dozens of hits have a score that rounds to 1.000", least=36)
def sure_hits_that_round_to_one(lesson):
    return np.sum(lesson.tuned_scores[lesson.truth & lesson.sure].round(3) == 1)


@claim("the heat points at places that the score depends on", least=0)
def low_end_of_the_difference_between_hottest_and_random_place(lesson):
    return evaluation.mean_interval(lesson.anywhere - lesson.hottest).low
