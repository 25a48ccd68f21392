"""What lesson 02 says about its own run."""

import numpy as np

from benchmarks.claims import claim
from benchmarks.claims.over_seeds import UNDECIDED, leads_over, verdicts


def _error(lesson, encoder, decoder):
    """Return the error of an autoencoder on the validation part."""
    return lesson.error(
        lesson.x_validation, lesson.give_back(encoder, decoder, lesson.x_validation)
    )


def _of_twenty_epochs(lesson):
    return _error(lesson, lesson.trained["encoder day"], lesson.trained["decoder day"])


# -- what comes back -------------------------------------------------------------------------------


@claim("Outline and brightness come first", most=0.5)
def error_after_two_epochs_in_units_of_the_mean_image(lesson):
    quick = _error(lesson, lesson.quick_encoder, lesson.quick_decoder)
    return quick / lesson.error(lesson.x_validation, lesson.mean_image)


@claim("stripes and prints are blurred even after twenty epochs", most=0.8)
def detail_that_is_left_after_twenty_epochs(lesson):
    """How much a pixel differs from the mean of its four neighbours."""

    def detail(images):
        images = np.clip(images[:, ..., 0], 0, 1)
        around = [np.roll(images, step, axis) for step in (1, -1) for axis in (1, 2)]
        return np.abs(images - np.mean(around, axis=0)).mean()

    return detail(lesson.rows["20 epochs"]) / detail(lesson.rows["original"])


@claim("an error about as small as that of", most=0.2)
def error_of_twenty_epochs_from_that_of_pca(lesson):
    pca = lesson.error(lesson.x_validation, lesson.linear)
    return abs(_of_twenty_epochs(lesson) / pca - 1)


def _narrow(lesson):
    """Return the error of the network with 8 numbers in units of that of PCA with as many."""
    pca = lesson.pca_give_back(lesson.unlabelled, lesson.x_validation, 8)
    network = _error(lesson, lesson.narrow, lesson.narrow_decoder)
    return network / lesson.error(lesson.x_validation, pca)


@claim("With a narrow code the network wins", most=0.95)
def error_with_eight_numbers_in_units_of_that_of_pca(lesson):
    return _narrow(lesson)


def _won(lesson, width, errors="network"):
    """Return by which share of PCA's error the network's is smaller."""
    return 1 - np.mean(lesson.sizes[errors][width]) / lesson.sizes["pca"][width]


@claim("At every width the network gives back new images better than PCA", least=0.15)
def least_share_by_which_the_network_wins(lesson):
    return min(_won(lesson, width) for width in lesson.sizes["pca"])


@claim("by roughly a third with 16\nnumbers and fewer", least=0.3)
def least_share_by_which_narrow_codes_win(lesson):
    return min(_won(lesson, width) for width in ("2", "4", "8", "16"))


@claim("still by about a fifth with 64", least=0.15, most=0.25)
def share_by_which_64_numbers_win(lesson):
    return _won(lesson, "64")


@claim("with 64 numbers this one still gains", most=0.9)
def error_of_twice_the_epochs_in_units_of_that_of_the_budget(lesson):
    return lesson.sizes["network, longer"]["64"] / np.mean(lesson.sizes["network"]["64"])


@claim("four times as many numbers", least=3.5, most=4.5)
def numbers_of_both_networks_in_units_of_those_of_pca(lesson):
    networks = (lesson.build_encoder(), lesson.build_decoder(lesson.CODE_SIZE))
    return sum(each.count_params() for each in networks) / (784 * (lesson.CODE_SIZE + 1))


@claim("At first they fall together", most=0.1)
def gap_after_ten_epochs_in_units_of_the_error(lesson):
    training, validation = (lesson.by_epoch[part][9] for part in ("training", "validation"))
    return abs(validation / training - 1)


@claim("the error on new images lags behind", least=0.08)
def gap_after_all_epochs_in_units_of_the_error(lesson):
    training, validation = (lesson.by_epoch[part][-1] for part in ("training", "validation"))
    return validation / training - 1


# -- the latent space ------------------------------------------------------------------------------


def _walk(lesson, number):
    models = (lesson.trained["encoder day"], lesson.trained["decoder day"])
    return lesson.walk(*models, *lesson.pairs[number], 10)[..., 0]


@claim("legs close from above", least=0.05)
def gap_between_the_legs_brighter_above_than_below(lesson):
    gap = _walk(lesson, 0)[4:7, :, 13:15].mean(axis=(0, 2))
    return gap[10:14].mean() - gap[22:26].mean()


@claim("the shaft of the shoe grows", least=0.1)
def brightness_gained_where_the_shaft_is(lesson):
    shaft = _walk(lesson, 1)[:, 8:12, 16:26].mean(axis=(1, 2))
    return shaft[-1] - shaft[0]


@claim("wide sleeves become narrow", least=0.1)
def brightness_lost_at_the_sides(lesson):
    sides = _walk(lesson, 2)[:, 10:18][..., [0, 1, 2, 25, 26, 27]].mean(axis=(1, 2))
    return sides[0] - sides[-1]


def _map(lesson):
    """Return the places of the map, in units of their spread."""
    codes = np.asarray(lesson.trained["encoder day"](lesson.x_validation))
    places = lesson.PCA(2).fit_transform(codes)
    return places / places.std()


def _middles(lesson, *names):
    """Return the places at which the names stand."""
    places = _map(lesson)
    labels = [lesson.fashion.class_names.index(name) for name in names]
    return np.array([np.median(places[lesson.y_validation == each], axis=0) for each in labels])


def _apart(first, second):
    return np.linalg.norm(first[:, None] - second[None], axis=2)


_SHOES = ("sandal", "sneaker", "ankle boot")
_TOPS = ("T-shirt", "pullover", "coat", "shirt")


@claim("shoes here, tops there", least=1)
def shoes_from_tops(lesson):
    return _apart(_middles(lesson, *_SHOES), _middles(lesson, *_TOPS)).min()


@claim("trousers at an edge of their own", least=0.5)
def trousers_from_the_nearest_other_class(lesson):
    others = [name for name in lesson.fashion.class_names if name != "trousers"]
    return _apart(_middles(lesson, "trousers"), _middles(lesson, *others)).min()


@claim("(pullover, coat, shirt) lie on one heap", most=0.5)
def heap_of_classes_that_share_an_outline(lesson):
    heap = _middles(lesson, "pullover", "coat", "shirt")
    return _apart(heap, heap).max()


@claim("how much of the picture is bright, and how wide and how high", least=0.5)
def least_of_brightness_width_and_height_that_the_map_explains(lesson):
    seen = lesson.x_validation[..., 0] > 0.1
    bright = lesson.x_validation.mean(axis=(1, 2, 3))
    wide, high = (seen.any(axis=axis).sum(axis=1) for axis in (1, 2))
    places = _map(lesson)
    return min(
        lesson.LinearRegression().fit(places, each).score(places, each)
        for each in (bright, wide, high)
    )


# -- what the loss rewards, and the night ----------------------------------------------------------


@claim("must spend its code on what moves many pixels", least=0.5)
def images_to_which_another_class_is_closer_than_a_move(lesson):
    return lesson.closer.mean()


@claim("the second line shows: upright and in the middle", least=0.5)
def images_whose_nearest_neighbour_shows_the_same_class(lesson):
    return lesson.same_class.mean()


@claim("even random weights know it", least=0.95)
def least_of_brightness_that_any_code_explains(lesson):
    return min(lesson.explained[name, "brightness"] for name in lesson.codes_of)


@claim("Detail is known in part only", most=0.75)
def detail_that_the_code_explains(lesson):
    return lesson.explained["autoencoder", "detail"]


@claim("hardly more of it than the untrained one", most=0.1)
def detail_that_the_trained_code_explains_beyond_the_untrained(lesson):
    return lesson.explained["autoencoder", "detail"] - lesson.explained["untrained", "detail"]


@claim("single pixels fall below 0 and rise above 1", least=0.5)
def night_pixels_beyond_black_and_white(lesson):
    return min(-lesson.night_validation.min(), lesson.night_validation.max() - 1)


def _left(lesson, name):
    """Return the error of what a candidate gives back, in units of that of the night images."""
    seen, given_back = lesson.candidates["at night"], lesson.candidates[name]
    return lesson.error(lesson.x_validation, given_back) / lesson.error(lesson.x_validation, seen)


@claim("takes most of the noise away without being asked to", most=0.4)
def noise_that_a_plain_autoencoder_leaves(lesson):
    return _left(lesson, "autoencoder on night images")


@claim("PCA does the same, for the same reason", most=0.4)
def noise_that_pca_leaves(lesson):
    return _left(lesson, "PCA on night images")


@claim("But a blur does better than both", most=0.95)
def noise_that_a_blur_leaves_in_units_of_both(lesson):
    others = ("PCA on night images", "autoencoder on night images")
    return _left(lesson, "a blur") / min(_left(lesson, name) for name in others)


@claim("The denoising autoencoder has the smallest error", most=0.95)
def noise_that_denoising_leaves_in_units_of_the_next_best(lesson):
    best = _left(lesson, "denoising, 20 epochs")
    return best / min(_left(lesson, name) for name in list(lesson.candidates)[:-1])


@claim("it comes most of the way", least=0.6)
def share_of_the_way_to_denoising_that_a_straight_line_comes(lesson):
    plain, line, best = (
        _left(lesson, name)
        for name in ("autoencoder on night images", "a straight line", "denoising, 20 epochs")
    )
    return (plain - line) / (plain - best)


@claim("With a dozen components PCA beats the blur", most=0.95)
def error_of_a_dozen_components_in_units_of_that_of_the_blur(lesson):
    return lesson.at_night[12] / lesson.error(lesson.x_validation, lesson.candidates["a blur"])


@claim("it copies, noise and all", most=0.05)
def what_all_components_leave_of_the_noise(lesson):
    """The error against its own input, in units of the noise that is in it."""
    noise = lesson.error(lesson.x_validation, lesson.night_validation)
    copied = lesson.pca_give_back(lesson.night_unlabelled, lesson.night_validation, 784)
    return lesson.error(lesson.night_validation, copied) / noise


@claim("the fillings are blurred and mostly plausible", most=0.8)
def error_of_the_fillings_in_units_of_the_mean_image(lesson):
    """Over the hidden pixels of the validation part."""
    images = lesson.x_validation
    masked = lesson.masked_pair(images, 0.5, seed=93)[0]
    gone = (masked == 0) & (images > 0)
    filled = np.asarray(lesson.filling(masked))
    mean = np.broadcast_to(lesson.unlabelled.mean(axis=0), images.shape)
    return np.mean((filled - images)[gone] ** 2) / np.mean((mean - images)[gone] ** 2)


@claim("but there are no copies", least=2)
def error_of_the_closest_unlabelled_image(lesson):
    """In the unit of the prose, the error times 1000."""
    return 1000 * lesson.to_unlabelled.min()


# -- what the prose says about the results, which are the same on every machine --------------------


def _own_verdicts(lesson, setting, rivals):
    """Return the learner's verdicts on the plain autoencoder, in the order of the table."""
    rows = np.concatenate([leads_over(lesson, setting, "autoencoder", rival) for rival in rivals])
    return list(lesson.clear_differences(rows))


@claim("Hardly a word but", most=2)
def clear_words_by_day(lesson):
    rivals = [rival for rival in lesson.BY_DAY if rival != "autoencoder"]
    words = _own_verdicts(lesson, "clean", rivals)
    return len(words) - words.count("undecided")


@claim("by day over the pixels is two points at most", most=0.0249)
def largest_gain_by_day_over_pixels(lesson):
    return leads_over(lesson, "clean", "autoencoder", "pixels").mean(axis=1).max()


@claim("over its own untrained self three", least=0.025, most=0.035)
def largest_gain_by_day_over_untrained(lesson):
    return leads_over(lesson, "clean", "autoencoder", "untrained").mean(axis=1).max()


@claim("is within one to three points of the pixels", most=0.035)
def furthest_from_pixels_on_jittered_images(lesson):
    leads = leads_over(lesson, "jittered", "autoencoder", "pixels", (1, 5, 10))
    return np.abs(leads.mean(axis=1)).max()


@claim("within one point of the same encoder", most=0.0149)
def furthest_from_untrained_on_jittered_images(lesson):
    leads = leads_over(lesson, "jittered", "autoencoder", "untrained", (1, 5, 10))
    return np.abs(leads.mean(axis=1)).max()


@claim("With 50 labels it is clearly ahead of the pixels", least=1)
def words_on_jittered_images(lesson):
    words = _own_verdicts(lesson, "jittered", ("pixels", "untrained", "from scratch"))
    return float(words == 3 * ["undecided"] + ["more"] + 7 * ["undecided"] + ["less"])


@claim("with 1, 5 and 10 labels it is clearly better than pixels", least=1)
def blur_against_pixels_at_night(lesson):
    return float(verdicts(lesson, "night", "blur", "pixels") == "more more more undecided")


@claim("its mean is within a point of it everywhere", most=0.0149)
def furthest_of_pca_from_a_blur(lesson):
    if verdicts(lesson, "night", "PCA", "blur") != UNDECIDED:
        return 1
    return np.abs(leads_over(lesson, "night", "PCA", "blur").mean(axis=1)).max()


@claim("its mean lies below both everywhere", most=-0.001)
def largest_mean_lead_of_the_plain_autoencoder_over_blur_and_pca(lesson):
    rivals = ("blur", "PCA")
    return max(
        leads_over(lesson, "night", "autoencoder", rival).mean(axis=1).max() for rival in rivals
    )


@claim("clearly below PCA with 5 labels", least=1)
def plain_autoencoder_against_pca(lesson):
    found = verdicts(lesson, "night", "autoencoder", "PCA")
    return float(found == "undecided less undecided undecided")


@claim("is clearly better than pixels throughout", least=1)
def denoising_against_pixels(lesson):
    found = verdicts(lesson, "night", "denoising autoencoder", "pixels")
    return float(found == "more more more more")


@claim("From 5 labels on it is clearly ahead of the plain autoencoder", least=1)
def denoising_against_the_plain_autoencoder(lesson):
    found = verdicts(lesson, "night", "denoising autoencoder", "autoencoder")
    return float(found == "undecided more more more")


_GIVEN_SOMETHING = ("blur", "PCA", "PCA of day images", "ridge denoiser")


def _mean_leads_over_those_given_something(lesson):
    return [
        leads_over(lesson, "night", "denoising autoencoder", rival).mean(axis=1)
        for rival in _GIVEN_SOMETHING
    ]


@claim("it is ahead by one to three points on average", least=0.0095)
def least_mean_lead_of_denoising(lesson):
    return np.min(_mean_leads_over_those_given_something(lesson))


@claim("it is ahead by one to three points on average", most=0.035)
def largest_mean_lead_of_denoising(lesson):
    return np.max(_mean_leads_over_those_given_something(lesson))


@claim("only two of these sixteen verdicts are clear: over the blur", least=1)
def clear_verdicts_of_denoising_over_those_given_something(lesson):
    blur, *others = (
        verdicts(lesson, "night", "denoising autoencoder", rival) for rival in _GIVEN_SOMETHING
    )
    return float(blur == "undecided more more undecided" and set(others) == {UNDECIDED})


@claim("The network is one to two points above it on average", least=0.0095)
def least_mean_lead_of_denoising_over_the_straight_line(lesson):
    return leads_over(lesson, "night", "denoising autoencoder", "ridge denoiser").mean(axis=1).min()


@claim("The network is one to two points above it on average", most=0.025)
def largest_mean_lead_of_denoising_over_the_straight_line(lesson):
    return leads_over(lesson, "night", "denoising autoencoder", "ridge denoiser").mean(axis=1).max()


@claim("the other 6,900 bring a point or two, if anything", most=0.025)
def largest_mean_lead_of_7000_images_over_100(lesson):
    leads = leads_over(lesson, "night", "denoising autoencoder", "denoising, 100 images")
    return leads.mean(axis=1).max()


@claim("its mean is within a point of the row that has", most=0.0149)
def furthest_of_two_nights_from_clean_targets(lesson):
    leads = leads_over(lesson, "night", "denoising, two nights", "denoising autoencoder")
    return np.abs(leads.mean(axis=1)).max()


@claim("PCA loses where its images are few", least=0.03)
def what_pca_loses_with_100_images(lesson):
    return leads_over(lesson, "night", "PCA", "PCA, 100 images", (5, 10, 50)).mean(axis=1).min()


_BLURRED = "from scratch, blurred"


@claim("With one label it cannot be told from the frozen denoising encoder", most=0.01)
def lead_of_denoising_over_scratch_with_one_label(lesson):
    leads = leads_over(lesson, "night", "denoising autoencoder", _BLURRED, (1,))
    return abs(leads.mean())


@claim("by about five points on average, in all five seeds", least=0.04, most=0.065)
def mean_lead_of_denoising_over_scratch_with_more_labels(lesson):
    leads = leads_over(lesson, "night", "denoising autoencoder", _BLURRED, (5, 10, 50))
    undecided = verdicts(lesson, "night", "denoising autoencoder", _BLURRED) == UNDECIDED
    return leads.mean() if undecided and leads.min() > 0 else 0


@claim("there are more than a hundred", least=101)
def comparisons_at_night(lesson):
    return lesson.results.comparisons("night")


@claim("cost five to eight points from 5 labels on, clearly so with 50", least=0.05, most=0.085)
def what_views_cost_at_night_from_5_labels_on(lesson):
    found = verdicts(lesson, "night", "from scratch, views", "from scratch")
    if found != "undecided undecided undecided less":
        return 0
    return -leads_over(lesson, "night", "from scratch, views", "from scratch", (5, 10, 50)).mean()


@claim("the strongest rival. Logistic regression on blurred pixels is", least=0.01)
def lead_of_a_blurred_probe_over_the_blurred_network_from_5_labels_on(lesson):
    return leads_over(lesson, "night", "blur", _BLURRED, (5, 10, 50)).mean(axis=1).min()


@claim("loses one to five points against leaving it frozen, all undecided", least=0.01, most=0.055)
def mean_loss_by_fine_tuning_at_night(lesson):
    if verdicts(lesson, "night", "denoising, tuned", "denoising autoencoder") != UNDECIDED:
        return 0
    return -leads_over(lesson, "night", "denoising, tuned", "denoising autoencoder").mean()


@claim("is by day about as good as pixels", most=0.02)
def furthest_of_the_denoising_encoder_from_pixels_by_day(lesson):
    leads = leads_over(lesson, "clean", "denoising autoencoder", "pixels")
    return np.abs(leads.mean(axis=1)).max()


@claim("it cannot be told from the plain autoencoder", most=0.01)
def furthest_of_gentle_noise_from_the_plain_autoencoder(lesson):
    leads = leads_over(lesson, "clean", "denoising, gentle", "autoencoder")
    return np.abs(leads.mean(axis=1)).max()


@claim("a point or two above pixels", least=0.005, most=0.025)
def mean_lead_of_gentle_noise_over_pixels(lesson):
    return leads_over(lesson, "clean", "denoising, gentle", "pixels").mean()


def _fixed(lesson, method):
    """Return the mean accuracy for each count of labels, with settings fixed beforehand."""
    counts = lesson.results.labels_per_class
    return np.array(
        [lesson.results.accuracy("night", method, n, fixed=True).mean() for n in counts]
    )


@claim("Denoising leads this table from 5 labels on", least=0.01)
def least_lead_of_denoising_with_fixed_settings(lesson):
    ours = _fixed(lesson, "denoising autoencoder")
    others = [name for name in lesson.FEW if name != "denoising autoencoder"]
    return min((ours - _fixed(lesson, name))[1:].min() for name in others)


@claim("with one label the blurred network from scratch is ahead", least=0.005)
def lead_of_the_blurred_network_with_one_label_and_fixed_settings(lesson):
    return (_fixed(lesson, _BLURRED) - _fixed(lesson, "denoising autoencoder"))[0]


@claim("gained one point over pixels by day, and three on jittered images and at night", most=0.005)
def furthest_of_the_gains_with_10_labels_from_those_in_the_prose(lesson):
    gains = [
        leads_over(lesson, setting, "autoencoder", "pixels", (10,)).mean()
        for setting in ("clean", "jittered", "night")
    ]
    return np.abs(np.array(gains) - [0.01, 0.03, 0.03]).max()


@claim("no gain of the plain autoencoder could be told from chance, in any setting", most=0)
def clear_gains_of_the_plain_autoencoder_over_pixels_with_up_to_10_labels(lesson):
    return sum(
        lesson.results.verdict(setting, "autoencoder", "pixels", n) == "more"
        for setting in ("clean", "jittered", "night")
        for n in (1, 5, 10)
    )


@claim("a blur, which has seen nothing, gained more than half of that", least=0.5)
def least_share_of_the_gain_that_a_blur_brings(lesson):
    blur, denoising = (
        leads_over(lesson, "night", name, "pixels").mean(axis=1)
        for name in ("blur", "denoising autoencoder")
    )
    return (blur / denoising).min()


@claim("straight line lose far more than the others", least=0.03)
def what_components_lose_beyond_others_by_fixed_settings(lesson):
    """With 1, 5 and 10 labels per class."""

    def lost(name):
        chosen = [
            lesson.results.accuracy("night", name, n).mean()
            for n in lesson.results.labels_per_class
        ]
        return (np.array(chosen) - _fixed(lesson, name))[:3]

    components = ("PCA", "ridge denoiser")
    others = [name for name in lesson.FEW if name not in components]
    return min(lost(n).min() for n in components) - max(lost(n).max() for n in others)
