"""What lesson 04 says about its own run."""

import numpy as np

from benchmarks.claims import claim

# -- θ and Δθ --------------------------------------------------------------------------------------


@claim("it is right on more than seven out of ten ordinary photos", least=0.7)
def accuracy_on_clean_photos_before(lesson):
    return lesson.before["clean"]


@claim("It is far better than chance and far from good.", least=0.2, most=0.6)
def accuracy_on_negatives_before(lesson):
    return lesson.before["negative"]


def _gain(lesson, scene="negative"):
    return lesson.after[scene] - lesson.before[scene]


@claim("Look at the row of the negatives first: the gain is large.", least=0.15)
def gain_on_negatives(lesson):
    return _gain(lesson)


@claim("far less than accuracy on negatives rose", most=0.5)
def share_of_the_gain_that_clean_photos_lose(lesson):
    return -_gain(lesson, "clean") / _gain(lesson)


@claim("Upside-down photos, which it was not shown either, lost as well", least=0.005)
def what_upside_down_photos_lose(lesson):
    return -_gain(lesson, "upside down")


@claim("whoever can read negatives reads upside-down negatives better, too", least=0.02)
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


@claim("Between 0 and 1 the accuracy on negatives rises all the way", least=0)
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


@claim("Beyond 1 there is next to nothing left to gain", most=0.03)
def gain_on_negatives_beyond_1(lesson):
    end, *beyond = _along(lesson, "negative", 1, 2)
    return max(beyond) - end


@claim("at α = 2 the classifier is worse on negatives again", most=0)
def accuracy_on_negatives_at_2_above_the_best_from_1_on(lesson):
    *earlier, last = _along(lesson, "negative", 1, 2)
    return last - max(earlier)


@claim("accuracy on clean photos keeps falling", most=0)
def largest_step_on_clean_photos_from_1_to_2(lesson):
    return np.diff(_along(lesson, "clean", 1, 2)).max()


# -- low rank --------------------------------------------------------------------------------------


@claim("Those of Δθ fall faster", most=1)
def singular_values_of_the_change_against_those_of_theta_at_most(lesson):
    shares = [values[1:] / values[0] for values in (lesson.spectra["Δθ"], lesson.spectra["θ"])]
    return np.max(np.divide(*shares))


def _effective_ranks(lesson):
    """Return [(of θ, of Δθ, of noise, the most possible)] of the kernels in the table."""
    names = [f"block_{n}_{part}/kernel" for n in (10, 12, 14, 16) for part in ("expand", "project")]
    return [
        (
            *(lesson.effective_rank(e[n]) for e in (lesson.theta, lesson.d_negative, lesson.noise)),
            min(lesson.delta.as_matrix(lesson.theta[n]).shape),
        )
        for n in names
    ]


@claim("Δθ stays below both, but many", most=0.95)
def effective_rank_of_the_change_against_that_of_theta_at_most(lesson):
    return max(of_change / of_theta for of_theta, of_change, *_ in _effective_ranks(lesson))


@claim("Δθ stays below both, but many", most=0.95)
def effective_rank_of_the_change_against_that_of_noise_at_most(lesson):
    return max(of_change / noise for _, of_change, noise, _ in _effective_ranks(lesson))


@claim("θ itself comes close to it", least=0.85)
def effective_rank_of_theta_against_that_of_noise_at_least(lesson):
    return min(of_theta / noise for of_theta, _, noise, _ in _effective_ranks(lesson))


@claim("many directions still carry *something*", least=0.25)
def effective_rank_of_the_change_against_the_most_possible_at_least(lesson):
    return min(of_change / most for _, of_change, _, most in _effective_ranks(lesson))


def _share_of_the_gain_at_rank(lesson, rank):
    at_rank = dict(zip(lesson.ranks, lesson.by_rank, strict=True))
    return (at_rank[rank] - lesson.before["negative"]) / _gain(lesson)


@claim("The depthwise kernels alone (*k* = 0) bring a part of the gain", least=0.05, most=0.45)
def share_of_the_gain_at_rank_0(lesson):
    return _share_of_the_gain_at_rank(lesson, 0)


@claim("a rank of a few brings most of it", least=0.5)
def share_of_the_gain_at_rank_4(lesson):
    return _share_of_the_gain_at_rank(lesson, 4)


@claim("Most of the gain again, with a few per cent of the numbers.", least=0.5)
def share_of_the_gain_with_lora(lesson):
    return (lesson.of_lora - lesson.before["negative"]) / _gain(lesson)


# -- the auditor -----------------------------------------------------------------------------------


@claim("goes on with the training step that it built at the first training", most=2)
def arrays_that_colleague_a_moved(lesson):
    return len(lesson.audits_ab[0]["moved"])  # the head's two


@claim("**C** works: nothing but the head moved.", most=2)
def arrays_that_colleague_c_moved(lesson):
    found = lesson.audits_cd[0]
    return len(found["moved"]) + len(found["statistics"])


@claim("the weights moved all the same (`leaked`), the statistics with them", least=3)
def fewest_arrays_that_moved_for_colleague_d(lesson):
    return min(len(lesson.audits_cd[1][what]) for what in ("leaked", "statistics"))


# -- the control -----------------------------------------------------------------------------------


def _head_only(lesson):
    return (lesson.answers == lesson.y_validation).mean()


@claim("a good part of the gain needed no Δθ in the blocks at all", least=0.4)
def share_of_the_gain_with_the_head_only(lesson):
    return (_head_only(lesson) - lesson.before["negative"]) / _gain(lesson)


@claim("what is left depends on the rival. But one run proves little", least=0.01)
def what_the_blocks_gain_over_the_head_only(lesson):
    return lesson.after["negative"] - _head_only(lesson)


# -- two Δθ ----------------------------------------------------------------------------------------

_SUMS = [f"θ + {scale} (both Δθ)" for scale in (0.5, 0.7, 1.0)]
_ALONE = {"negative": "θ + Δθ negative", "upside down": "θ + Δθ upside down"}


@claim("One network is better than θ at negatives *and* at upside-down photos", least=0.03)
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


@claim("the larger the scale, the lower the accuracy on clean photos", least=0.01)
def smallest_step_down_of_clean_photos_from_scale_to_scale(lesson):
    return -np.diff([lesson.sums[each]["clean"] for each in _SUMS]).max()


@claim("the larger the scale, the lower the accuracy on clean photos", least=0.01)
def what_clean_photos_pay_for_the_sum_at_1(lesson):
    return lesson.sums["θ"]["clean"] - lesson.sums[_SUMS[-1]]["clean"]


@claim("halfway between the two, the mean is higher than at either end", least=0.005)
def mean_of_both_tasks_halfway_above_the_better_end(lesson):
    means = {name: np.mean([found[t] for t in _ALONE]) for name, found in lesson.sums.items()}
    return means[_SUMS[0]] - max(means[name] for name in _ALONE.values())


@claim("About a half: what one would find", least=0.4, most=0.65)
def share_of_one_change_where_the_other_is_larger(lesson):
    return lesson.share


@claim("by chance it would be a hundred times smaller", least=40, most=250)
def cosine_as_a_multiple_of_chance(lesson):
    return lesson.cosine * len(lesson.d1) ** 0.5


# -- what was forgotten ----------------------------------------------------------------------------


@claim("did some harm to clean photos, judged by our ten classes", least=0.005)
def what_clean_photos_lose(lesson):
    return -_gain(lesson, "clean")


@claim("A change of a few per cent gave other answers to most photos.", most=0.5)
def share_of_photos_with_the_same_imagenet_answer(lesson):
    return lesson.same["θ + Δθ"]


_HARMLESS = ("θ, photo mirrored", "θ, photo moved by one pixel")


@claim("changes a large part of the answers as well", most=0.7)
def share_of_photos_with_the_same_answer_after_a_harmless_change_at_most(lesson):
    return max(lesson.same[name] for name in _HARMLESS)


@claim("The full Δθ changes more than the harmless changes do", least=0.05)
def same_answers_after_a_harmless_change_above_those_after_the_change(lesson):
    return min(lesson.same[name] for name in _HARMLESS) - lesson.same["θ + Δθ"]


@claim("the share of right ones fell by a few points at most", most=0.1)
def what_the_old_head_loses(lesson):
    return lesson.right["θ"] - lesson.right["θ + Δθ"]


@claim("half of Δθ cost nothing at all", most=0.01)
def what_the_old_head_loses_at_a_half(lesson):
    return lesson.right["θ"] - lesson.right["θ + 0.5 Δθ"]


@claim("subtract it, and everything is back, to the last bit", most=0)
def arrays_that_are_not_back(lesson):
    pairs = [(lesson.theta[name], array) for name, array in lesson.restored.items()]
    return sum(not np.array_equal(old, array.astype(old.dtype)) for old, array in pairs)
