"""What lesson 03 says about its own run."""

import json

import numpy as np

from benchmarks import collapse
from benchmarks.claims import claim
from benchmarks.claims.over_seeds import UNDECIDED, leads_over, verdicts
from course_lib import assets


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


@claim("Some overlap, and a clear lead for the expert", most=0.95)
def pairs_that_the_trained_expert_tells_apart(lesson):
    return _real_above_made(lesson)


@claim("on real images that it has never seen as well", least=0.7)
def pairs_that_the_trained_expert_tells_apart_on_new_images(lesson):
    unseen, made = lesson.answers["real, never seen"], lesson.answers["made"]
    return (unseen[:, None] > made).mean()


@claim("The overlap says that some forgeries pass", least=0.03)
def forgeries_that_the_trained_expert_takes_for_real(lesson):
    return (lesson.answers["made"] > 0).mean()


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


@claim("more of those show the same kind of thing than the one in ten", least=0.15)
def look_alikes_of_the_same_class(lesson):
    return lesson.same_kind


@claim("it is spread over everybody", least=200)
def negatives_that_get_half_of_the_push_when_it_is_warm(lesson):
    return lesson.needed[1.0]


# -- the control -----------------------------------------------------------------------------------


def _frozen(lesson):
    """Return the accuracy of SimCLR's frozen encoder with the images of the control."""
    return lesson.with_ten_labels["SimCLR, 40 epochs"][0]


@claim("is about level with the frozen encoder of SimCLR", least=-0.03)
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


def _gains(lesson, setting, method, rival, **settings):
    counts = lesson.results.labels_per_class
    return [lesson.results.gain(setting, method, rival, n, **settings)[0] for n in counts]


_FROM_5 = "undecided more more more"
_SCRATCH = "from scratch, views"


@claim(
    "SimCLR is clearly ahead of the same encoder untrained and of lesson 02's autoencoder", least=1
)
def frozen_simclr_from_5_labels_on(lesson):
    rivals = ("untrained", "autoencoder")
    return float(all(verdicts(lesson, "jittered", "SimCLR", rival) == _FROM_5 for rival in rivals))


def _leads_of_the_gan(lesson):
    """Return its leads from 5 labels on; nothing if a verdict is clear."""
    rivals = ("untrained", "autoencoder")
    if any(verdicts(lesson, "jittered", "GAN", rival) != UNDECIDED for rival in rivals):
        return np.zeros((1, 1))
    return np.concatenate(
        [leads_over(lesson, "jittered", "GAN", rival, (5, 10, 50)) for rival in rivals]
    )


@claim(
    "by two to six points on average, in all five seeds, but not clearly", least=0.02, most=0.065
)
def least_mean_lead_of_the_gan(lesson):
    leads = _leads_of_the_gan(lesson)
    return leads.mean(axis=1).min() if leads.min() > 0 else 0


@claim(
    "by two to six points on average, in all five seeds, but not clearly", least=0.02, most=0.065
)
def largest_mean_lead_of_the_gan(lesson):
    return _leads_of_the_gan(lesson).mean(axis=1).max()


@claim("SimCLR is ahead in all five seeds", least=0.001)
def least_lead_of_simclr_over_scratch_without_views(lesson):
    return leads_over(lesson, "jittered", "SimCLR", "from scratch").min()


@claim("by eleven points on average, and not clearly either", least=0.105, most=0.12)
def mean_lead_of_simclr_over_scratch_with_5_and_10_labels(lesson):
    if verdicts(lesson, "jittered", "SimCLR", "from scratch") != UNDECIDED:
        return 0
    return np.mean(_gains(lesson, "jittered", "SimCLR", "from scratch")[1:3])


@claim("it is clearly behind, for every number of labels", least=1)
def simclr_against_scratch_with_views(lesson):
    return float(verdicts(lesson, "jittered", "SimCLR", _SCRATCH) == "less less less less")


@claim("steps bring the network from scratch three points with 50 labels", least=0.025, most=0.035)
def twice_the_steps_from_scratch_with_50_labels(lesson):
    longer = "from scratch, views, twice as long"
    if verdicts(lesson, "jittered", longer, _SCRATCH) != "undecided undecided undecided more":
        return 0
    return _gains(lesson, "jittered", longer, _SCRATCH)[3]


@claim("frozen SimCLR as much there, and two to three points everywhere", least=0.0195)
def least_gain_of_pretraining_twice_as_long(lesson):
    return min(_gains(lesson, "jittered", "SimCLR, twice as long", "SimCLR"))


@claim("frozen SimCLR as much there, and two to three points everywhere", most=0.035)
def largest_gain_of_pretraining_twice_as_long(lesson):
    return max(_gains(lesson, "jittered", "SimCLR, twice as long", "SimCLR"))


@claim("clearly so with 5 labels", least=1)
def simclr_twice_as_long_against_scratch_with_views(lesson):
    found = verdicts(lesson, "jittered", "SimCLR, twice as long", _SCRATCH)
    return float(found == "undecided less undecided undecided")


@claim("it 5 to 11 points behind the network from scratch", least=0.04)
def least_distance_of_simclr_twice_as_long(lesson):
    return -max(_gains(lesson, "jittered", "SimCLR, twice as long", _SCRATCH))


@claim("it 5 to 11 points behind the network from scratch", most=0.115)
def largest_distance_of_simclr_twice_as_long(lesson):
    return -min(_gains(lesson, "jittered", "SimCLR, twice as long", _SCRATCH))


@claim("cannot be distinguished from one that starts from random numbers", least=1)
def tuned_simclr_against_scratch_with_views(lesson):
    methods = ("SimCLR, tuned", "SimCLR, twice as long, tuned")
    return float(
        all(
            verdicts(lesson, "jittered", method, _SCRATCH, fixed=fixed) == UNDECIDED
            for method in methods
            for fixed in (False, True)
        )
    )


@claim("loses half or more of what it had gained", least=0.5)
def share_of_the_gain_that_moves_bring_with_5_and_10_labels(lesson):
    lost = _gains(lesson, "jittered", "SimCLR, no moves", "SimCLR")
    gained = _gains(lesson, "jittered", "SimCLR", "untrained")
    return min(-lost[at] / gained[at] for at in (1, 2))


@claim("turns or the zooms, and the mean stays within a point", most=0.01)
def largest_change_without_turns_or_zooms(lesson):
    methods = ("SimCLR, no turns", "SimCLR, no zooms")
    return max(abs(g) for m in methods for g in _gains(lesson, "jittered", m, "SimCLR"))


@claim("with one label its frozen encoder is now clearly ahead of the untrained one", least=1)
def simclr_against_untrained_with_fixed_settings(lesson):
    found = verdicts(lesson, "jittered", "SimCLR", "untrained", fixed=True)
    return float(found == "more more more more")


@claim("as a start, with 5 labels, is gone", least=1)
def tuned_gan_with_the_same_rate_for_all(lesson):
    chosen, fixed = (
        verdicts(lesson, "jittered", "GAN, tuned", _SCRATCH, fixed=fixed) for fixed in (False, True)
    )
    return float(chosen == "undecided less undecided undecided" and fixed == UNDECIDED)


@claim("The views alone bring 10 to 26 points", least=0.095)
def least_gain_of_views(lesson):
    if verdicts(lesson, "jittered", _SCRATCH, "from scratch") != "more more more more":
        return 0
    return min(_gains(lesson, "jittered", _SCRATCH, "from scratch"))


@claim("The views alone bring 10 to 26 points", most=0.265)
def largest_gain_of_views(lesson):
    return max(_gains(lesson, "jittered", _SCRATCH, "from scratch"))


def _gains_in_lesson_01():
    """Return the gain of pretrained features over a network from scratch, by labels per class."""
    found = json.loads(assets.path("few_labels.json").read_text(encoding="utf-8"))["claims"]
    pair = ("pretrained features", "small network from scratch")
    gains = [each for each in found if (each["first"], each["second"]) == pair]
    return {each["labels_per_class"]: each["gain"] for each in gains}


@claim("was 25 to 28 points ahead of it with 5 labels and more", least=0.245)
def least_gain_in_lesson_01_with_5_labels_and_more(lesson):
    return min(gain for count, gain in _gains_in_lesson_01().items() if count > 1)


@claim("and 12 with one", least=0.115, most=0.125)
def gain_in_lesson_01_with_one_label(lesson):
    return _gains_in_lesson_01()[1]


@claim("by five to six points on average, in all five seeds, with 5 labels and more", least=0.045)
def least_mean_lead_of_denoising_with_5_labels_and_more(lesson):
    counts = (5, 10, 50)
    leads = leads_over(lesson, "night", "denoising autoencoder", "from scratch, blurred", counts)
    return leads.mean(axis=1).min() if leads.min() > 0 else 0


@claim("with 50 labels they do clear harm, of ten points", least=0.09, most=0.11)
def harm_of_views_by_day_with_50_labels(lesson):
    if verdicts(lesson, "clean", _SCRATCH, "from scratch") != "undecided undecided undecided less":
        return 0
    return -_gains(lesson, "clean", _SCRATCH, "from scratch")[3]


@claim("is clearly behind the pixels with 5 labels and with 10, and nowhere ahead", least=1)
def simclr_by_day_against_pixels(lesson):
    return float(verdicts(lesson, "clean", "SimCLR", "pixels") == "undecided less less undecided")


@claim("one to three points ahead of them on average", least=0.01, most=0.035)
def middle_gain_of_the_gan_by_day(lesson):
    if verdicts(lesson, "clean", "GAN", "pixels") != UNDECIDED:
        return 0
    return np.median(_gains(lesson, "clean", "GAN", "pixels"))


@claim("it is clearly *behind* the pixels with 10 and with 50", least=1)
def gan_by_day_with_fixed_settings(lesson):
    found = verdicts(lesson, "clean", "GAN", "pixels", fixed=True)
    return float(found == "undecided undecided less less")
