"""What lesson 03 says about its own run."""

import numpy as np

from benchmarks import collapse
from benchmarks.claims import claim


def _contrast(images):
    return np.std(images, axis=(1, 2, 3)).mean()


def _recognised_at_the_end(lesson):
    return [values[-1] for values in lesson.gan.history.history.values()]


@claim("They point in opposite directions", most=-0.9)
def cosine_of_the_two_gradients(lesson):
    return lesson.cosine


# -- the training and its measure ------------------------------------------------------------------


@claim("First fog, then bright things with an outline", most=0.6)
def contrast_of_the_first_forgeries_in_units_of_the_last(lesson):
    first, *_, last = lesson.history_of_samples
    return _contrast(first) / _contrast(last)


@claim("neither player has won at the end", most=0.98)
def share_that_the_expert_recognises_at_most(lesson):
    return max(_recognised_at_the_end(lesson))


@claim("neither player has won at the end", least=0.52)
def share_that_the_expert_recognises_of_real_and_made(lesson):
    return np.mean(_recognised_at_the_end(lesson))


def _real_above_made(lesson):
    """Return how often D gives a real image the larger logit of a pair."""
    return (lesson.answers["real"][:, None] > lesson.answers["made"]).mean()


@claim("Much overlap, and still a lead for the expert", most=0.95)
def pairs_that_the_trained_expert_tells_apart(lesson):
    return _real_above_made(lesson)


@claim("the lead says that D still knows something", least=0.6)
def pairs_that_a_guess_would_not_tell_apart(lesson):
    return _real_above_made(lesson)


@claim("Even real images do not reach a coverage of 1", most=0.99)
def coverage_by_other_real_images(lesson):
    return lesson.coverages["other real images"]


@claim("covers a good part of the data and not all of it", least=0.6, most=0.9)
def coverage_by_the_forger_of_forty_epochs(lesson):
    return lesson.coverages["GAN, 40 epochs"]


@claim("that of a few epochs far less", most=0.5)
def coverage_after_five_epochs_in_units_of_that_after_forty(lesson):
    return lesson.coverages["GAN, 5 epochs"] / lesson.coverages["GAN, 40 epochs"]


@claim("covers next to nothing", most=0.03)
def coverage_by_one_shoe(lesson):
    return lesson.coverages["one perfect shoe"]


@claim("half a screen of static costs hardly any coverage", least=0.75)
def coverage_by_the_half_static_in_units_of_that_by_real_images(lesson):
    return lesson.coverages["half real, half static"] / lesson.coverages["other real images"]


@claim("covers about as much as the generator of 40 epochs, or more", least=0.9)
def coverage_by_the_half_static_in_units_of_that_by_the_forger(lesson):
    return lesson.coverages["half real, half static"] / lesson.coverages["GAN, 40 epochs"]


@claim("only its density gives it away", most=0.7)
def density_of_the_half_static_in_units_of_that_of_real_images(lesson):
    return lesson.densities["half real, half static"] / lesson.densities["other real images"]


# -- mode collapse ---------------------------------------------------------------------------------

_SLOW, _STEPS, _RATES = "1 step of G", "10 steps of G", "G faster by rate"


def _most_modes(lesson, way):
    return max(map(lesson.modes_covered, lesson.made_on_ring[way]))


def _collapsed(lesson, way):
    return _most_modes(lesson, way) <= collapse.FEW_MODES


def _middles_after_ten_steps(lesson):
    return [np.median(points, axis=0) for points in lesson.made_on_ring[_STEPS]]


@claim("nearly all noise vectors lead to one small spot", most=0.3)
def typical_radius_of_nine_in_ten_points_after_ten_steps(lesson):
    """The radius of the ring is 2. In the few trainings that the prose excepts: 0."""
    if not _collapsed(lesson, _STEPS):
        return 0
    pairs = zip(lesson.made_on_ring[_STEPS], _middles_after_ten_steps(lesson), strict=True)
    return np.median([np.quantile(np.linalg.norm(p - middle, axis=1), 0.9) for p, middle in pairs])


@claim("the whole flock moves on", least=0.3)
def longest_way_of_the_flock_between_looks(lesson):
    return np.linalg.norm(np.diff(_middles_after_ten_steps(lesson), axis=0), axis=1).max()


@claim("There, too, most of the ring is empty at every look", most=3)
def modes_at_any_look_when_the_rate_is_faster(lesson):
    return _most_modes(lesson, _RATES)


@claim("has found nearly all modes at the last look", least=6)
def modes_at_the_last_look_of_one_step(lesson):
    return lesson.modes_covered(lesson.made_on_ring[_SLOW][-1])


@claim("about half of its points or more are good", least=0.4)
def good_points_at_the_last_look_of_one_step(lesson):
    return lesson.good_points(lesson.made_on_ring[_SLOW][-1])


@claim("the typical width is a small part of what it should be", most=0.4)
def typical_width_after_ten_steps_in_units_of_that_of_real_points(lesson):
    """In the few trainings that the prose excepts: 0."""
    if not _collapsed(lesson, _STEPS):
        return 0
    widths = [lesson.width(points) for points in lesson.made_on_ring[_STEPS]]
    return np.median(widths) / lesson.width(lesson.ring)


@claim("Your `coverage` sees the collapse", most=0.7)
def largest_coverage_of_what_collapsed_in_units_of_the_last_of_one_step(lesson):
    largest = max(
        lesson.coverage(lesson.ring, points)
        for way in (_STEPS, _RATES)
        if _collapsed(lesson, way)
        for points in lesson.made_on_ring[way]
    )
    return largest / lesson.coverage(lesson.ring, lesson.made_on_ring[_SLOW][-1])


# -- a judge who stands still, an expert who is too strong -----------------------------------------


@claim("D takes the last row for real", least=0.9)
def forgeries_of_the_lonely_forger_that_pass(lesson):
    return (lesson.logits_of_d > 0).mean()


@claim("and no person would", most=0.1)
def coverage_by_the_lonely_forger(lesson):
    return lesson.share


def _lengths(lesson):
    """Return the length of the gradient at each step, for the formula's loss and the used one."""
    return map(np.asarray, lesson.lengths.values())


@claim("both losses pull equally hard", least=0.8, most=1.25)
def used_gradient_in_units_of_the_formulas_at_first(lesson):
    formula, used = _lengths(lesson)
    return used[0] / formula[0]


@claim("it is more than a hundred times as long as the other one", least=100)
def used_gradient_in_units_of_the_formulas_at_the_end(lesson):
    formula, used = _lengths(lesson)
    return used[-1] / formula[-1]


@claim("of the formula's loss falls again, below where it began", most=0.8)
def formulas_gradient_at_the_end_in_units_of_the_first(lesson):
    formula, _ = _lengths(lesson)
    return formula[-1] / formula[0]


@claim("both gradients grow", least=2)
def largest_gradient_of_the_formula_in_units_of_the_first(lesson):
    formula, _ = _lengths(lesson)
    return formula.max() / formula[0]


@claim("loss that is used goes on growing and stays large", least=1.5)
def used_gradient_at_the_end_in_units_of_the_first(lesson):
    _, used = _lengths(lesson)
    return used[-1] / used[0]


# -- encoders --------------------------------------------------------------------------------------


@claim("moves everybody by several points", least=0.03)
def least_range_over_draws_with_one_label(lesson):
    return min(map(np.ptp, lesson.with_one_label.values()))


@claim("a little below the price of guessing", least=0.8, most=0.98)
def first_contrastive_loss_in_units_of_guessing(lesson):
    return lesson.losses[0] / np.log(499)


@claim("ends well below where it began", most=0.8)
def last_contrastive_loss_in_units_of_the_first(lesson):
    return lesson.losses[-1] / lesson.losses[0]


def _misses(lesson, name):
    """Return which images got a wrong partner, and which one of the same class."""
    positions = lesson.found[name]
    same = lesson.y_validation[positions] == lesson.y_validation
    return positions != np.arange(len(positions)), same


@claim("which is seldom the partner", most=0.1)
def partners_that_pixels_find(lesson):
    return 1 - _misses(lesson, "pixels")[0].mean()


@claim("epochs have learnt to look past that", least=3)
def partners_that_features_find_in_units_of_those_of_pixels(lesson):
    by_features, by_pixels = (
        1 - _misses(lesson, name)[0].mean() for name in ("SimCLR, 40 epochs", "pixels")
    )
    return by_features / by_pixels


@claim("far more often than chance, which would be one time in ten", least=0.25)
def wrong_partners_of_the_same_class(lesson):
    missed, same = _misses(lesson, "SimCLR, 40 epochs")
    return same[missed].mean()


@claim("here the draw matters less than the method", most=0.75)
def largest_range_over_draws_in_units_of_that_over_methods(lesson):
    accuracies = list(lesson.with_ten_labels.values())
    return max(map(np.ptp, accuracies)) / np.ptp([each.mean() for each in accuracies])


@claim("the few dozen that resemble the view most get half of the push", most=150)
def negatives_that_get_half_of_the_push_when_it_is_cold(lesson):
    return lesson.needed[0.05]


@claim("it is spread over everybody", least=200)
def negatives_that_get_half_of_the_push_when_it_is_warm(lesson):
    return lesson.needed[1.0]


# -- the control -----------------------------------------------------------------------------------


def _frozen(lesson):
    """Return the accuracy of SimCLR's frozen encoder with the images of the control."""
    return lesson.with_ten_labels["SimCLR, 40 epochs"][0]


@claim("leaves the frozen encoder\nof SimCLR behind", least=0.02)
def scratch_with_views_above_the_frozen_encoder(lesson):
    return lesson.end_to_end["from scratch, views"] - _frozen(lesson)


@claim("Without the views it lies far below both", least=0.05)
def scratch_without_views_below_both(lesson):
    return (
        min(_frozen(lesson), lesson.end_to_end["from scratch, views"])
        - (lesson.end_to_end["from scratch"])
    )


@claim("makes little difference", most=0.06)
def difference_between_the_two_starts(lesson):
    return abs(lesson.end_to_end["SimCLR, tuned, views"] - lesson.end_to_end["from scratch, views"])


# -- what the prose says about the table, which is the same on every machine ----------------------


def _verdicts(lesson, setting, method, rival):
    """Return the verdict for 1, 5, 10 and 50 labels per class, in one string."""
    counts = lesson.results.labels_per_class
    return " ".join(lesson.results.verdict(setting, method, rival, n) for n in counts)


def _gains(lesson, setting, method, rival):
    counts = lesson.results.labels_per_class
    return [lesson.results.gain(setting, method, rival, n)[0] for n in counts]


def _are(lesson, wanted):
    """Return 1 if the verdicts on the belt are these, else 0; `wanted` is {(method, rival): …}."""
    return float(all(_verdicts(lesson, "jittered", *pair) == v for pair, v in wanted.items()))
