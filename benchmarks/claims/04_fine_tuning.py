"""What lesson 04 says about its own run."""

import numpy as np

from benchmarks.claims import claim

# -- θ and Δθ --------------------------------------------------------------------------------------


@claim("it is right on more than seven of ten ordinary photos", least=0.7)
def accuracy_on_clean_photos_before(lesson):
    return lesson.before["clean"]


@claim("It is far better than chance and far from good.", least=0.2, most=0.6)
def accuracy_on_negatives_before(lesson):
    return lesson.before["negative"]


def _gain(lesson, scene="negative"):
    return lesson.after[scene] - lesson.before[scene]


@claim("Look at the line of the negatives first: the gain is large.", least=0.15)
def gain_on_negatives(lesson):
    return _gain(lesson)


@claim("that line fell far less than the first one rose", most=0.5)
def share_of_the_gain_that_clean_photos_lose(lesson):
    return -_gain(lesson, "clean") / _gain(lesson)


@claim("And the last line rose", least=0.02)
def gain_on_upside_down_negatives(lesson):
    return _gain(lesson, "both")


@claim("A few per cent. (The layers that are not in the figure did not move at all", least=0.5)
def smallest_relative_change_of_an_open_layer_in_per_cent(lesson):
    return 100 * min(lesson.kernels.values())


@claim("A few per cent. (The layers that are not in the figure did not move at all", most=10)
def largest_relative_change_of_an_open_layer_in_per_cent(lesson):
    return 100 * max(lesson.kernels.values())


@claim("the BatchNormalizations and the head are frozen", most=0)
def largest_relative_change_of_a_frozen_layer(lesson):
    return max(change for layer, change in lesson.changes.items() if layer not in lesson.kernels)


@claim("a random change of the same length does nothing of the kind", least=-0.25, most=0.25)
def share_of_the_gain_that_noise_brings(lesson):
    return (lesson.with_noise - lesson.before["negative"]) / _gain(lesson)


# -- along the line --------------------------------------------------------------------------------


def _along(lesson, scene, first, last):
    """Return the accuracies from one α to another, both included."""
    pairs = zip(lesson.alphas, lesson.walk[scene], strict=True)
    return [accuracy for alpha, accuracy in pairs if first <= alpha <= last]


@claim("Backwards (α below 0) both curves fall", least=0.05)
def smaller_loss_of_the_two_curves_at_minus_a_half(lesson):
    return min(-np.subtract(*_along(lesson, scene, -0.5, 0)) for scene in lesson.walk)


@claim("Between 0 and 1 the accuracy on negatives rises without a gap", least=0)
def smallest_step_on_negatives_from_0_to_1(lesson):
    return np.diff(_along(lesson, "negative", 0, 1)).min()


@claim("Halfway, most of the gain is there already", least=0.5)
def share_of_the_gain_at_a_half(lesson):
    start, halfway = (_along(lesson, "negative", alpha, alpha)[0] for alpha in (0, 0.5))
    return (halfway - start) / _gain(lesson)


@claim("clean photos have lost a few points at most", most=0.05)
def what_clean_photos_have_lost_at_a_half(lesson):
    start, *_, halfway = _along(lesson, "clean", 0, 0.5)
    return start - halfway


@claim("Beyond 1 there is next to nothing left to win", most=0.03)
def gain_on_negatives_beyond_1(lesson):
    end, *beyond = _along(lesson, "negative", 1, 2)
    return max(beyond) - end


@claim("at α = 2 the classifier is worse on negatives again", most=0)
def accuracy_on_negatives_at_2_above_the_best_from_1_on(lesson):
    *earlier, last = _along(lesson, "negative", 1, 2)
    return last - max(earlier)


@claim("clean photos pay more and more", most=0)
def largest_step_on_clean_photos_from_1_to_2(lesson):
    return np.diff(_along(lesson, "clean", 1, 2)).max()


# -- low rank --------------------------------------------------------------------------------------


@claim("Those of Δθ fall faster", most=1)
def singular_values_of_the_change_against_those_of_theta_at_most(lesson):
    shares = [values[1:] / values[0] for values in (lesson.spectra["Δθ"], lesson.spectra["θ"])]
    return np.max(np.divide(*shares))


def _effective_ranks(lesson):
    """Return [(of θ, of Δθ, the most possible)] of the kernels in the table."""
    names = [f"block_{n}_{part}/kernel" for n in (10, 12, 14, 16) for part in ("expand", "project")]
    return [
        (
            lesson.effective_rank(lesson.theta[name]),
            lesson.effective_rank(lesson.d_negative[name]),
            min(lesson.delta.as_matrix(lesson.theta[name]).shape),
        )
        for name in names
    ]


@claim("Smaller than in θ, but many directions still carry *something*", most=0.95)
def effective_rank_of_the_change_against_that_of_theta_at_most(lesson):
    return max(of_change / of_theta for of_theta, of_change, _ in _effective_ranks(lesson))


@claim("Smaller than in θ, but many directions still carry *something*", least=0.25)
def effective_rank_of_the_change_against_the_most_possible_at_least(lesson):
    return min(of_change / most for _, of_change, most in _effective_ranks(lesson))


@claim("A rank of a few carries most of the gain.", least=0.5)
def share_of_the_gain_at_rank_4(lesson):
    at_rank = dict(zip(lesson.ranks, lesson.by_rank, strict=True))
    return (at_rank[4] - lesson.before["negative"]) / _gain(lesson)


@claim("Most of the gain again, with a few per cent of the numbers.", least=0.5)
def share_of_the_gain_with_lora(lesson):
    return (lesson.of_lora - lesson.before["negative"]) / _gain(lesson)


# -- the control -----------------------------------------------------------------------------------


def _head_only(lesson):
    return (lesson.answers == lesson.y_validation).mean()


@claim("a good part of the gain needed no Δθ in the blocks at all", least=0.4)
def share_of_the_gain_with_the_head_only(lesson):
    return (_head_only(lesson) - lesson.before["negative"]) / _gain(lesson)


@claim("The rest did. One run proves little", least=0.01)
def what_the_blocks_gain_over_the_head_only(lesson):
    return lesson.after["negative"] - _head_only(lesson)


# -- two Δθ ----------------------------------------------------------------------------------------

_SUMS = [f"θ + {scale} (both Δθ)" for scale in (0.5, 0.7, 1.0)]
_ALONE = {"negative": "θ + Δθ negative", "upside down": "θ + Δθ upside down"}


@claim("One network reads negatives *and* upside-down photos", least=0.03)
def smallest_gain_of_a_sum_on_a_single_task(lesson):
    return min(lesson.sums[s][task] - lesson.sums["θ"][task] for s in _SUMS for task in _ALONE)


@claim("at 0.7 the sum is better on them than either Δθ alone", least=0)
def accuracy_of_the_sum_on_both_above_the_better_single_one(lesson):
    best = max(lesson.sums[alone]["both"] for alone in _ALONE.values())
    return lesson.sums[_SUMS[1]]["both"] - best


@claim("the sum is worse than the Δθ made for it", least=0.01)
def what_a_sum_loses_at_least_on_a_single_task(lesson):
    return min(
        lesson.sums[alone][task] - lesson.sums[each][task]
        for each in _SUMS
        for task, alone in _ALONE.items()
    )


@claim("the larger the scale, the more clean photos pay", least=0.01)
def smallest_step_down_of_clean_photos_from_scale_to_scale(lesson):
    return -np.diff([lesson.sums[each]["clean"] for each in _SUMS]).max()


@claim("the larger the scale, the more clean photos pay", least=0.01)
def what_clean_photos_pay_for_the_sum_at_1(lesson):
    return lesson.sums["θ"]["clean"] - lesson.sums[_SUMS[-1]]["clean"]


# -- what was forgotten ----------------------------------------------------------------------------


@claim("did some harm to clean photos, judged by our ten classes", least=0.005)
def what_clean_photos_lose(lesson):
    return -_gain(lesson, "clean")


@claim("which cost our ten classes a little", most=0.15)
def what_clean_photos_lose_at_most(lesson):
    return -_gain(lesson, "clean")


@claim("gave other answers to most photos in the old task", most=0.5)
def share_of_photos_with_the_same_imagenet_answer(lesson):
    return lesson.same  # of the last α, 1


@claim("subtract it, and everything is back, to the last bit", most=0)
def arrays_that_are_not_back(lesson):
    pairs = [(lesson.theta[name], array) for name, array in lesson.restored.items()]
    return sum(not np.array_equal(old, array.astype(old.dtype)) for old, array in pairs)
