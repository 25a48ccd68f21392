"""What lesson 01 says about its own run."""

import numpy as np
from scipy import stats

from benchmarks.claims import claim

_RIGHT = {
    "cat": ("Egyptian cat", "tabby", "tiger cat"),
    "coffee": ("espresso", "cup", "coffee mug"),
    "motorcycle": ("moped", "motor scooter"),
    "photographer": ("tripod",),
}
_ROCKETS = [657, 744, 812]  # missile, projectile, space shuttle


def _answers(lesson, name, top=1):
    """Return the likeliest names of a photo, and their probabilities."""
    row = list(lesson.photos).index(name)
    found = lesson.backbones.decode_predictions(lesson.y[row : row + 1], top=top)[0]
    return [each.split(",")[0] for each, _ in found], [float(p) for _, p in found]


@claim("Several answers are right all the same", least=3)
def photos_named_rightly(lesson):
    return sum(_answers(lesson, photo)[0][0] in right for photo, right in _RIGHT.items())


@claim("the rocket on its pad is taken for something else", least=0.1)
def something_else_above_all_that_flies(lesson):
    rocket = lesson.y[list(lesson.photos).index("rocket")]
    return rocket.max() - rocket[_ROCKETS].max()


@claim("Sure and right, sure and wrong: both occur", least=0.8)
def least_sure_of_a_right_and_a_wrong_answer(lesson):
    (coffee,), (sure,) = _answers(lesson, "coffee")
    return min(sure if coffee in _RIGHT["coffee"] else 0.0, _answers(lesson, "flower")[1][0])


@claim("each of the 1,000 names gets about the same tenth of a per cent", most=2e-4)
def furthest_from_a_tenth_of_a_per_cent(lesson):
    return np.abs(lesson.y_empty - 0.001).max()


@claim("The signal has died on the way", most=1e-9)
def signal_before_the_last_layer_with_random_numbers(lesson):
    return np.abs(lesson.before_the_last_layer(lesson.empty.model)).mean()


@claim("The signal is now of the right size", least=0.3, most=30)
def signal_of_the_shuffled_numbers_in_units_of_the_trained(lesson):
    mixed, trained = (
        np.abs(lesson.before_the_last_layer(model)).mean()
        for model in (lesson.mixed, lesson.classifier.model)
    )
    return mixed / trained


@claim("the answers hardly depend on what the photos show", most=3)
def different_answers_to_seven_photos(lesson):
    return len(set(lesson.y_mixed.argmax(axis=1).tolist()))


@claim("And look how sure the network is of them. Being sure is no sign of knowing", least=0.1)
def least_sure_of_the_shuffled_answers(lesson):
    return lesson.y_mixed.max(axis=1).min()


@claim("With the same formula and the same θ, two networks are the same function", most=1e-6)
def difference_with_the_same_numbers(lesson):
    return lesson.largest_difference(lesson.small, lesson.other)


@claim("It is the same function up to rounding", most=1e-3)
def your_probabilities_from_those_of_keras(lesson):
    return np.abs(lesson.y_yours - lesson.y).max()


# -- neighbours ------------------------------------------------------------------------------------


def _six(lesson):
    """Return the validation photos of the figure."""
    return [np.flatnonzero(lesson.y_validation == label)[0] for label in (0, 3, 4, 5, 7, 8)]


def _hits(lesson, name):
    """Return where the figure has a tick, (6, 3)."""
    six = _six(lesson)
    return lesson.y_train[lesson.found[name][six, :3]] == lesson.y_validation[six][:, None]


@claim("Neighbours by features tend to share what is", least=0.5)
def ticks_of_features_in_the_figure(lesson):
    return _hits(lesson, "features").mean()


@claim("Look also at the rows in which the features fail", least=2)
def rows_in_which_features_fail(lesson):
    return (~_hits(lesson, "features").all(axis=1)).sum()


@claim("Neighbours by pixels have light and dark in the same places", most=0.6)
def light_and_dark_differs_from_neighbours_in_units_of_chance(lesson):
    def coarse(photos):
        grey = photos.astype("float32").mean(axis=3)
        return grey.reshape(len(photos), 4, 8, 4, 8).mean(axis=(2, 4))

    queries, gallery = coarse(lesson.x_validation), coarse(lesson.x_train)
    queries, gallery = queries - gallery.mean(axis=0), gallery - gallery.mean(axis=0)
    near = ((gallery[lesson.found["pixels"]] - queries[:, None]) ** 2).mean()
    return near / (gallery.var(axis=0) + (queries**2).mean(axis=0)).mean()


@claim("Features put together what belongs together", least=0.5)
def neighbours_by_features_of_the_same_class(lesson):
    return lesson.shares["features"].mean()


@claim("what these know that pixels don't", least=0.2)
def more_of_the_same_class_than_by_pixels(lesson):
    return lesson.shares["features"].mean() - lesson.shares["pixels"].mean()


# -- few labels ------------------------------------------------------------------------------------


@claim("Keep this number in mind: with labels, one should", least=0.25)
def right_without_any_label(lesson):
    return lesson.right_by_name.mean()


@claim("matters when they are few", least=0.02)
def accuracies_with_one_photo_per_class_lie_apart(lesson):
    return np.ptp(lesson.live["pretrained features"][1].mean(axis=1))


@claim("many neighbouring looks differ by no more than that", most=0.025)
def median_difference_between_neighbouring_looks(lesson):
    return np.median(np.abs(np.diff(lesson.looks)))


@claim("The file tells the truth where you can check it", most=5)
def means_here_from_those_of_the_file_in_standard_errors(lesson):
    """Other seeds draw other photos, so that chance counts: 0 where the draws are the file's."""
    far = []
    for name, hits in lesson.live.items():
        for count in lesson.COUNTS:
            here = hits[count].mean(axis=1)
            file = np.array(lesson.long_run["test_accuracy"][name][str(count)])
            error = np.hypot(stats.sem(here), stats.sem(file))
            far.append(abs(here.mean() - file.mean()) / error)
    return max(far)


# -- evaluation ------------------------------------------------------------------------------------


def _probed(lesson, name, part, penalty=None):
    """Return the accuracy of a linear probe on its own photos (part 0) or on new ones (1)."""
    parts, labels = lesson.inputs[name], (lesson.y_train[lesson.ten], lesson.y_test)
    fitted = lesson.probe(penalty or lesson.penalties[name]["10"]).fit(parts[0], labels[0])
    return fitted.score(parts[part], labels[part])


@claim("a linear model learns a hundred photos by heart, or most of them", least=0.99)
def worst_weakly_braked_probe_on_its_own_photos(lesson):
    return min(_probed(lesson, name, 0, penalty=1.0) for name in lesson.inputs)


@claim("or most of them where\na strong brake holds it back", least=0.7)
def worst_probe_on_its_own_photos(lesson):
    return min(_probed(lesson, name, 0) for name in lesson.inputs)


@claim("Only new photos tell them apart", least=0.15)
def pretrained_above_every_other_on_new_photos(lesson):
    others = [_probed(lesson, name, 1) for name in lesson.inputs if name != "pretrained features"]
    return _probed(lesson, "pretrained features", 1) - max(*others, lesson.yours)


# -- three ways to pretrain ------------------------------------------------------------------------


@claim("Whether the animal is a *tabby* or an", least=0.02)
def cats_above_everything_else(lesson):
    names, probabilities = _answers(lesson, "cat", top=4)
    return probabilities[2] - probabilities[3] if {"tabby", "Egyptian cat"} < set(names[:3]) else 0


@claim("It has learnt something about photos without a label", most=0.7)
def error_of_weighted_sums_in_units_of_the_mean_colour(lesson):
    filled, mean = (
        np.mean((guess - lesson.hole_validation) ** 2)
        for guess in (lesson.filled, lesson.mean_colour)
    )
    return filled / mean


@claim("so it fills in a blur", most=0.85)
def contrast_of_what_is_filled_in(lesson):
    filled, there = (
        hole.reshape(len(hole), 64, 3).std(axis=1).mean()
        for hole in (lesson.filled, lesson.hole_validation)
    )
    return filled / there


@claim("most is still there: look at the share of the variance", least=0.75)
def variance_that_is_kept(lesson):
    return lesson.squeezer.explained_variance_ratio_.sum()


@claim("nowhere are the 64 numbers shown to be better features than the pixels", most=0)
def numbers_of_labels_with_pca_better_than_pixels(lesson):
    return sum(
        lesson.verdict(
            lesson.crossed_interval(
                lesson.codes_hits[count] - lesson.pixel_hits[count], comparisons=len(lesson.COUNTS)
            )[1]
        )
        == "more"
        for count in lesson.COUNTS
    )


@claim("they are far smaller", most=0.33)
def gain_of_pca_in_units_of_the_gain_of_features(lesson):
    """The gain of features is that over the better of two rivals."""
    shares = []
    for count in lesson.COUNTS:
        pca = (lesson.codes_hits[count] - lesson.pixel_hits[count]).mean()
        gains = [
            lesson.gain_between(first, count, second, count)[0]
            for first, second in lesson.comparisons[:2]
        ]
        shares.append(abs(pca) / min(gains))
    return max(shares)


# -- what the prose says about the long run, which is the same on every machine --------------------


def _gains(lesson, first, second, part=None):
    """Return the gain and the verdict for each number of labels."""
    found = (part or lesson.long_run)["claims"]
    rows = [each for each in found if (each["first"], each["second"]) == (first, second)]
    return [each["gain"] for each in rows], [each["verdict"] for each in rows]


_FEATURES, _SCRATCH = "pretrained features", "small network from scratch"
_SHUFFLED, _NAMES = "features of a shuffled θ", "ImageNet's names, no label"


@claim("no more than a point and a half apart", most=0.015)
def spread_of_the_four_pairs(lesson):
    return max(
        np.ptp([accuracy for *_, accuracy in lesson.settings[str(count)]["candidates"]])
        for count in lesson.COUNTS
    )


def _longer(lesson, count):
    """Return what twice the steps bring on the validation part, in the first draw."""
    training = lesson.long_run["trainings"][str(count)]
    short, long = training["each_draw"][0], training["first_draw_twice_as_long"]
    return long["validation_accuracy"] - short["validation_accuracy"]


@claim("brought three points with five labels per class", least=0.025, most=0.035)
def twice_the_steps_with_five_labels(lesson):
    return _longer(lesson, 5)


@claim("less than one point with\nany other number", most=0.0099)
def twice_the_steps_with_other_numbers_of_labels(lesson):
    return max(_longer(lesson, count) for count in (1, 10, 50))


@claim("12 points with one label per class", least=0.115, most=0.125)
def gain_over_scratch_with_one_label(lesson):
    return _gains(lesson, _FEATURES, _SCRATCH)[0][0]


@claim("25 to 28 points with five and more", least=0.245)
def least_gain_over_scratch_with_more(lesson):
    return min(_gains(lesson, _FEATURES, _SCRATCH)[0][1:])


@claim("25 to 28 points with five and more", most=0.285)
def largest_gain_over_scratch_with_more(lesson):
    return max(_gains(lesson, _FEATURES, _SCRATCH)[0][1:])


@claim("*More* for every number of labels", least=4)
def numbers_of_labels_with_more_than_scratch(lesson):
    return _gains(lesson, _FEATURES, _SCRATCH)[1].count("more")


@claim("*More* throughout, by 15 to 54 points", least=4)
def numbers_of_labels_with_more_than_shuffled(lesson):
    return _gains(lesson, _FEATURES, _SHUFFLED)[1].count("more")


@claim("*More* throughout, by 15 to 54 points", least=0.145)
def least_gain_over_shuffled(lesson):
    return min(_gains(lesson, _FEATURES, _SHUFFLED)[0])


@claim("*More* throughout, by 15 to 54 points", most=0.545)
def largest_gain_over_shuffled(lesson):
    return max(_gains(lesson, _FEATURES, _SHUFFLED)[0])


def _is(lesson, first, second, verdicts):
    """Return 1 if these are the verdicts for 1, 5, 10 and 50 labels, else 0."""
    return float(_gains(lesson, first, second)[1] == verdicts.split())


@claim("with 10 and 50 labels per class it is surely worse", least=1)
def shuffled_against_pixels(lesson):
    return _is(lesson, _SHUFFLED, "pixels", "undecided undecided less less")


@claim("surely better than pixels from 10 labels per class on", least=1)
def scratch_against_pixels(lesson):
    return _is(lesson, _SCRATCH, "pixels", "undecided undecided more more")


@claim("from ten labels per class on is it surely better to have labelled", least=1)
def probe_against_names(lesson):
    return _is(lesson, _FEATURES, _NAMES, "less undecided more more")


@claim("the names beat the network from scratch with 1, 5 and 10 labels per class", least=1)
def names_against_scratch(lesson):
    return _is(lesson, _NAMES, _SCRATCH, "more more more undecided")


@claim("*worse* than no label at all, by 26 points", least=-0.265, most=-0.255)
def probe_with_one_label_above_the_names(lesson):
    return _gains(lesson, _FEATURES, _NAMES)[0][0]


@claim("they are 6 points ahead", least=0.055, most=0.065)
def names_above_scratch_with_fifty_labels(lesson):
    return _gains(lesson, _NAMES, _SCRATCH)[0][3]


@claim("the interval three times as wide", least=2.7, most=3.3)
def width_with_three_draws_in_units_of_that_with_five(lesson):
    three, five = (
        np.ptp(lesson.gain_between(_FEATURES, 10, _SCRATCH, 10, draws)[1]) for draws in (3, 5)
    )
    return three / five


def _ends(lesson):
    """Return (gain, low, high) of twice the steps on the test part, for each number of labels."""
    trainings = lesson.long_run["trainings"].values()
    return np.array([each["first_draw_twice_as_long"]["gain_on_test_photos"] for each in trainings])


def _both_parts(lesson):
    """Return the claims on the test part beside those on the fresh photos."""
    return list(zip(lesson.long_run["claims"], lesson.fresh["claims"], strict=True))


@claim("No gain is off by more than three points", most=0.03)
def furthest_gain_on_fresh_photos(lesson):
    return max(abs(claim["gain"] - again["gain"]) for claim, again in _both_parts(lesson))


def _changed(lesson):
    """Return (first, second, labels, verdict on fresh photos) where the verdict is another one."""
    return [
        tuple(again[key] for key in ("first", "second", "labels_per_class", "verdict"))
        for claim, again in _both_parts(lesson)
        if claim["verdict"] != again["verdict"]
    ]


@claim("22 of the 24 verdicts are the same", least=22, most=22)
def verdicts_that_fresh_photos_repeat(lesson):
    return len(_both_parts(lesson)) - len(_changed(lesson))


@claim("Two verdicts change between clear and", least=1)
def the_two_verdicts_that_change(lesson):
    return float(
        _changed(lesson)
        == [(_SHUFFLED, "pixels", 5, "less"), (_SCRATCH, "pixels", 10, "undecided")]
    )


@claim("A point at most, and every interval holds zero", most=0.0149)
def gain_of_twice_the_steps_on_the_test_part(lesson):
    return _ends(lesson)[:, 0].max()


@claim("and every interval holds zero, though some reach beyond three points", least=0.0001)
def room_around_zero_of_twice_the_steps(lesson):
    gains = _ends(lesson)
    return min(-gains[:, 1].max(), gains[:, 2].min())


@claim("though some reach beyond three points", least=0.03, most=0.04)
def furthest_end_of_twice_the_steps(lesson):
    return _ends(lesson)[:, 2].max()


def _across(lesson, first, count):
    return lesson.verdict(lesson.gain_between(first, count, _SCRATCH, 50, extra=3)[1])


@claim("somewhere between one\nand ten labels per class", least=1)
def labels_that_do_the_work_of_fifty(lesson):
    found = [_across(lesson, _FEATURES, count) for count in lesson.COUNTS]
    return float(found == ["less", "undecided", "more", "more"])


def _by_choice(lesson, method, count):
    """Return the accuracy that choosing `C` has gained over the fixed one."""
    return np.mean(lesson.long_run["test_accuracy"][method][str(count)]) - np.mean(
        lesson.long_run["test_accuracy_with_fixed_penalty"][method][str(count)]
    )


@claim("the pretrained features would have been a point", most=-0.009)
def pretrained_features_by_choosing_the_penalty(lesson):
    return max(_by_choice(lesson, _FEATURES, count) for count in (5, 10))


@claim("Pixels gain three points by it with 50 labels", least=0.025, most=0.035)
def pixels_by_choosing_the_penalty_with_fifty_labels(lesson):
    return _by_choice(lesson, "pixels", 50)


@claim("and lose two with 5", least=-0.025, most=-0.015)
def pixels_by_choosing_the_penalty_with_five_labels(lesson):
    return _by_choice(lesson, "pixels", 5)
