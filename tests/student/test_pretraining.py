"""What lessons 02 and 03 share: images, encoder, disturbances, probe, and the shipped results."""

import hashlib
import json
import re

import keras
import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks import pretraining as experiment
from benchmarks import spread
from benchmarks.pretraining import frozen, settings
from course_lib import assets, checkpoints, data, pretraining
from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_tools.authoring import lesson_code
from recipes import train_autoencoders

LESSON = "02_autoencoders"


@pytest.fixture(autouse=True)
def fresh_seals(monkeypatch):
    monkeypatch.setattr(data, "_opened_for", {})


@pytest.fixture(scope="module")
def fashion():
    return data.load_fashion_mnist()


@pytest.fixture(scope="module")
def parts(fashion):
    return {"train": fashion.train, "validation": fashion.validation, "test": fashion.test._split}


# --- images --------------------------------------------------------------------------------------


def test_labelled_parts_are_balanced_and_mixed(parts):
    for name, count in (("train", 150), ("validation", 50), ("test", 100)):
        images, labels = parts[name]
        assert images.shape == (10 * count, 28, 28, 1)
        assert images.dtype == np.uint8
        assert labels.dtype == np.int64
        assert np.bincount(labels).tolist() == [count] * 10
        assert len(np.unique(labels[:100])) == 10


def test_the_unlabelled_part_has_no_labels_anywhere(fashion):
    assert fashion.unlabelled.shape == (7000, 28, 28, 1)
    assert fashion.unlabelled.dtype == np.uint8
    with np.load(assets.path("fashion_mnist_subset.npz"), allow_pickle=False) as arrays:
        names = {name for name in arrays if not name.startswith("strip_")}
        sizes = {name: len(arrays[name]) for name in names}
    assert sizes == {"train_labels": 1500, "validation_labels": 500, "test_labels": 1000}


def test_no_image_occurs_twice_in_or_across_the_parts(fashion, parts):
    images = np.concatenate([fashion.unlabelled, *(split.images for split in parts.values())])
    assert len({image.tobytes() for image in images}) == 10_000


def test_the_fresh_part_is_balanced_and_has_no_near_copies_in_what_encoders_are_trained_on(fashion):
    fresh = data.load_fresh_fashion_mnist()
    assert fresh.images.shape == (2000, 28, 28, 1) and fresh.images.dtype == np.uint8
    assert np.bincount(fresh.labels).tolist() == [200] * 10
    rows, others = (
        settings.flat(images).astype(np.float32) for images in (fresh.images, fashion.unlabelled)
    )
    squared = (rows**2).sum(1)[:, None] + (others**2).sum(1) - 2 * rows @ others.T
    assert np.sqrt(squared.min() / 784) > 8  # grey levels


def test_images_are_always_the_same(fashion, parts):
    digest = hashlib.sha256(fashion.unlabelled.tobytes())
    for split in parts.values():
        digest.update(split.labels.tobytes())
        digest.update(split.images.tobytes())
    assert digest.hexdigest() == "20bb58b968f76ec67891028c9ddb583dca1d916b12dc050173d5ac3ddd1e14b0"


def test_changing_arrays_does_not_reach_the_next_load(fashion):
    before = fashion.unlabelled.copy()
    again = data.load_fashion_mnist()
    again.unlabelled[:] = 0
    again.train.images[:] = 0
    assert np.array_equal(data.load_fashion_mnist().unlabelled, before)
    assert data.load_fashion_mnist().train.images.any()


def test_images_look_like_clothes(parts):
    """Trousers are narrow, bags fill the picture, shoes lie at the bottom."""
    images, labels = parts["train"]
    bright = {
        name: images[labels == label][..., 0].mean(axis=0)
        for label, name in enumerate(data.FASHION_MNIST_CLASSES)
    }
    assert bright["trousers"][:, 10:18].sum() > 0.75 * bright["trousers"].sum()
    assert bright["bag"].mean() > 1.5 * bright["trousers"].mean()
    for shoe in ("sandal", "sneaker", "ankle boot"):
        assert bright[shoe][14:].sum() > 2 * bright[shoe][:10].sum()


# --- disturbances --------------------------------------------------------------------------------


def test_jitter_depends_on_the_seed_only(parts):
    images = parts["validation"].images[:50]
    before = images.copy()
    once = pretraining.jitter(images, 3)
    assert np.array_equal(once, pretraining.jitter(images, 3))
    assert not np.array_equal(once, pretraining.jitter(images, 4))
    assert np.array_equal(images, before)


def test_jitter_keeps_shape_and_type(parts):
    images = parts["validation"].images[:5]
    assert pretraining.jitter(images).dtype == np.uint8
    as_floats = pretraining.jitter(images / 255.0)
    assert as_floats.dtype == np.float64
    assert np.abs(as_floats * 255 - pretraining.jitter(images)).max() <= 0.5001
    assert pretraining.jitter(images[..., 0]).shape == (5, 28, 28)
    assert pretraining.jitter(images[:0]).shape == (0, 28, 28, 1)


def test_jitter_shrinks_turns_and_moves_within_the_frame():
    """A full white square becomes a square of 16 to 23 pixels, somewhere inside."""
    white = np.ones((400, 28, 28, 1))
    jittered = pretraining.jitter(white, 0)[..., 0]
    areas = jittered.sum(axis=(1, 2))
    assert 15**2 < areas.min() < 17.5**2
    assert 21**2 < areas.max() < 23.5**2
    rows = (jittered.sum(axis=2) * np.arange(28)).sum(axis=1) / areas
    columns = (jittered.sum(axis=1) * np.arange(28)).sum(axis=1) / areas
    for middles in (rows, columns):
        assert abs(middles.mean() - 13.5) < 0.5
        assert 1.5 < middles.std() < 4
    assert (jittered[:, 0].sum(axis=1) == 0).mean() > 0.5


@pytest.mark.parametrize("shape", [(28, 28), (3, 32, 32, 1), (3, 28, 28, 3), (0,)])
def test_jitter_refuses_other_shapes(shape):
    with pytest.raises(CourseError, match="28, 28, 1"):
        pretraining.jitter(np.zeros(shape))


# --- encoder and lesson --------------------------------------------------------------------------


def architecture(model):
    return [
        (type(layer).__name__, tuple(layer.output.shape), [tuple(w.shape) for w in layer.weights])
        for layer in model.layers
    ]


def test_the_encoder_of_the_experiment_is_the_one_that_lesson_02_shows():
    lesson = lesson_code.definitions(LESSON)
    shown, shared = lesson.build_encoder(), pretraining.build_encoder()
    assert architecture(shown) == architecture(shared)
    keras.utils.set_random_seed(0)
    shown = lesson.build_encoder()
    keras.utils.set_random_seed(0)
    shared = pretraining.build_encoder()
    images = np.random.default_rng(0).random((4, 28, 28, 1)).astype("float32")
    assert np.allclose(shown(images), shared(images))


def test_the_night_of_the_experiment_is_that_of_lesson_02():
    lesson = lesson_code.definitions(LESSON)
    assert train_autoencoders.NIGHT == {"photons": lesson.PHOTONS, "read_noise": 1.0}
    images = np.full((500, 28, 28, 1), 0.5)
    seen = train_autoencoders.night(images, seed=5)
    assert seen.dtype == np.float32
    assert abs(seen.var() / (0.5 / lesson.PHOTONS + 1 / lesson.PHOTONS**2) - 1) < 0.03
    assert np.array_equal(seen, train_autoencoders.night(images, seed=5))
    assert not np.array_equal(seen, train_autoencoders.night(images, seed=6))


def test_fingerprint_changes_with_code_and_not_with_words(tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr(lesson_code, "find_root", lambda _: tmp_path)

    def fingerprint_of(code):
        (tmp_path / "solutions" / "90_x.py").write_text(f"# %% [markdown]\n# # X\n\n# %%\n{code}")
        return lesson_code.fingerprint("90_x", ["f"])

    plain = fingerprint_of("def f(x):\n    return x + 1\n")
    assert fingerprint_of('def f(x):\n    """Say."""\n    return x + 1  # why\n') == plain
    assert fingerprint_of("def f(x):\n    return x + 2\n") != plain
    with pytest.raises(CourseError, match="defines no g"):
        lesson_code.fingerprint("90_x", ["f", "g"])


def test_the_checkpoint_fits_the_lesson_and_has_learnt_something(fashion):
    lesson = lesson_code.definitions(LESSON)
    names = ("day", "night", "denoising")
    models = {f"encoder {name}": lesson.build_encoder() for name in names}
    models |= {f"decoder {name}": lesson.build_decoder(lesson.CODE_SIZE) for name in names}
    record = checkpoints.load_into(train_autoencoders.ASSET, models)
    assert record["epochs"] == train_autoencoders.EPOCHS
    day = pretraining.to_unit(fashion.validation.images)
    night = train_autoencoders.night(day, seed=1)

    def error(name, seen):
        codes = models[f"encoder {name}"](seen)
        return float(np.mean((np.asarray(models[f"decoder {name}"](codes)) - day) ** 2))

    pca = float(np.mean((lesson.pca_give_back(day, day, 32) - day) ** 2))
    assert error("day", day) < pca  # of half the size, fitted to these very images
    assert (
        error("denoising", night) < 0.5 * error("night", night) < 0.1 * np.mean((night - day) ** 2)
    )


# --- the probe -----------------------------------------------------------------------------------


def blobs(strength=0.4, classes=3, features=40):
    """Return features of a training, a validation and a test part, with their labels."""
    random = np.random.default_rng(0)
    middles = strength * random.normal(size=(classes, features))
    parts, labels = [], []
    for count in (60, 45, 90):
        of_part = np.arange(count) % classes
        parts.append(middles[of_part] + random.normal(size=(count, features)))
        labels.append(of_part)
    return tuple(parts), labels


def test_the_probe_is_logistic_regression_on_the_labels_given(monkeypatch):
    """The rotation into the span of the rows changes nothing."""
    monkeypatch.setattr(pretraining, "PENALTIES", (0.01,))
    (train, validation, test), labels = blobs()
    draw = np.arange(12)
    scaler = StandardScaler().fit(train)
    # All features with one spread, so that both ways of scaling come to the same.
    train, validation, test = (scaler.transform(part) for part in (train, validation, test))
    model = LogisticRegression(C=0.01, max_iter=5000, tol=1e-8)
    model.fit(train[draw], labels[0][draw])
    expected = model.predict(test)
    found = pretraining.few_label_predictions(
        {"blobs": (train, validation, test)}, labels[0], labels[1], [draw]
    )
    assert found.shape == (1, 90)
    assert (found[0] == expected).mean() > 0.97


def test_the_probe_uses_no_label_but_those_drawn():
    (train, validation, test), labels = blobs()
    draws = [np.arange(6), np.arange(6, 12)]
    found = pretraining.few_label_predictions(
        {"blobs": (train, validation, test)}, labels[0], labels[1], draws
    )
    garbage = labels[0].copy()
    garbage[12:] = 7
    again = pretraining.few_label_predictions(
        {"blobs": (train, validation, test)}, garbage, labels[1], draws
    )
    assert np.array_equal(found, again)
    assert not np.array_equal(found[0], found[1])


def test_the_probe_learns_nothing_from_the_test_part():
    (train, validation, test), labels = blobs()
    draws = [np.arange(6)]

    def predict(part):
        return pretraining.few_label_predictions(
            {"blobs": (train, validation, part)}, labels[0], labels[1], draws
        )[0]

    assert np.array_equal(predict(test[::-1]), predict(test)[::-1])
    assert np.array_equal(predict(test[:1]), predict(test)[:1])


def test_the_probe_chooses_the_representation_by_the_validation_part():
    good, labels = blobs(strength=1.0)
    random = np.random.default_rng(1)
    poor = tuple(random.normal(size=part.shape) for part in good)
    constant = tuple(np.ones((len(part), 2)) for part in good)
    alone = pretraining.few_label_predictions({"good": good}, labels[0], labels[1], [np.arange(30)])
    together = pretraining.few_label_predictions(
        {"constant": constant, "poor": poor, "good": good}, labels[0], labels[1], [np.arange(30)]
    )
    assert np.array_equal(alone, together)
    assert (alone[0] == labels[2]).mean() > 0.9


# --- how real made images are --------------------------------------------------------------------


def test_density_is_one_for_images_of_the_same_source_and_nothing_for_noise():
    random = np.random.default_rng(0)
    real, others = random.normal(size=(2, 400, 3))
    assert pretraining.density(real, others) == pytest.approx(1, abs=0.15)
    assert pretraining.density(real, others + 50) == 0
    half = np.concatenate([others[:200], others[:200] + 50])
    assert pretraining.density(real, half) == pytest.approx(0.5, abs=0.1)


def test_density_counts_balls_by_hand():
    """Radii of 0, 1, 2.5 for k = 1: 1, 1, 1.5; the point 0.5 lies in two balls, 9 in none."""
    real = np.array([[0.0], [1.0], [2.5]])
    assert pretraining.density(real, [[0.5], [9.0]], k=1) == 1.0
    assert pretraining.density(real, [[2.0]], k=1) == 2.0  # on the edge of one, inside another


@pytest.mark.parametrize("k", [0, 3])
def test_density_says_which_k_there_can_be(k):
    with pytest.raises(CourseError, match="between 1 and 2"):
        pretraining.density(np.eye(3), np.eye(3), k)


@pytest.mark.parametrize("made", [np.zeros((2, 4)), np.zeros((0, 3)), np.zeros(3)])
def test_density_needs_rows_of_the_same_length(made):
    with pytest.raises(CourseError, match="same length"):
        pretraining.density(np.eye(3), made, 1)


# --- the shipped results -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content():
    return json.loads(assets.path(pretraining.RESULTS_ASSET).read_text())


@pytest.fixture(scope="module")
def results():
    return pretraining.results()


def test_the_results_belong_to_the_settings_and_the_code_of_today(content):
    assert content["seeds"] == len(settings.SEEDS) >= 5
    assert content["draws"] == settings.DRAWS
    assert tuple(content["labels_per_class"]) == settings.LABELS_PER_CLASS
    assert content["comparisons"] == experiment.COMPARISONS
    assert list(content["settings"]) == list(settings.DISTURBANCES)
    for setting, methods in content["settings"].items():
        assert tuple(methods) == experiment.METHODS[setting]
        for method, values in methods.items():
            recipe = experiment.recipe_of(setting, method)
            assert values["digest"] == experiment.digest(recipe), (
                f"{setting}, {method}: the results are older than the code. "
                "Run `python -m benchmarks pretraining`."
            )


@pytest.mark.parametrize("fixed", [False, True])
def test_every_accuracy_is_there_for_every_seed(results, fixed):
    for setting in results.settings:
        for method in results.methods(setting):
            for per_class in results.labels_per_class:
                accuracy = results.accuracy(setting, method, per_class, fixed=fixed)
                assert accuracy.shape == (len(settings.SEEDS),)
                assert ((accuracy >= 0) & (accuracy <= 1)).all()
            # More labels never hurt by much.
            means = [
                results.accuracy(setting, method, n, fixed=fixed).mean()
                for n in results.labels_per_class
            ]
            assert np.all(np.diff(means) > -0.02), (setting, method, means)


def test_every_question_is_answered(results):
    """And agrees with the accuracies; the interval allows for all the questions together."""
    for setting, method, rival in experiment.QUESTIONS:
        for n in results.labels_per_class:
            mean, interval = results.gain(setting, method, rival, n)
            ours, theirs = (results.accuracy(setting, each, n) for each in (method, rival))
            assert isinstance(interval, Interval)
            assert mean == pytest.approx((ours - theirs).mean(), abs=2e-4)
            assert interval.low < mean < interval.high
            # Both parts of the variance are there, and the quantile is that of many comparisons.
            assert interval.high - mean > 1.96 * stats.sem(ours - theirs)


def test_whoever_is_trained_end_to_end_gets_the_views_too(results):
    for setting in results.settings:
        assert {"from scratch", "from scratch, views"} <= set(results.methods(setting))


def test_unknown_names_are_answered_with_the_known_ones(results):
    with pytest.raises(CourseError, match="There are: clean, night"):
        results.accuracy("dusk", "pixels", 10)
    with pytest.raises(CourseError, match="There are: pixels"):
        results.accuracy("night", "magic", 10)
    with pytest.raises(CourseError, match="not 7"):
        results.accuracy("night", "pixels", 7)
    with pytest.raises(CourseError, match="was not compared with 'pixels' here"):
        results.gain("night", "pixels", "pixels", 10)


def test_the_table_names_every_method_and_every_number_of_labels(results):
    lines = results.table("night").splitlines()
    assert lines[0].split() == ["labels", "per", "class", *map(str, results.labels_per_class)]
    assert [line[:36].strip() for line in lines[1:]] == list(results.methods("night"))
    assert f"{results.accuracy('night', 'pixels', 10).mean():.3f}" in lines[1]
    assert len(results.table("night", ["PCA", "blur"]).splitlines()) == 3


def test_the_list_of_what_was_given_says_how_many_candidates_and_what_was_seen(results):
    line = results.given("night", ["denoising autoencoder"]).splitlines()[1]
    assert "head only" in line and "16" in line and "clean images" in line


@pytest.mark.parametrize("fixed", [False, True])
def test_the_verdicts_say_more_less_or_undecided_for_every_question(results, fixed):
    for setting in results.settings:
        lines = results.verdicts(setting, fixed=fixed).splitlines()[1:]
        said = {
            title: re.findall("more|less|undecided", cells)
            for title, cells in (line.split("  ", 1) for line in lines)
        }
        assert said == {
            f"{method} − {rival}": [
                results.verdict(setting, method, rival, n, fixed=fixed)
                for n in results.labels_per_class
            ]
            for asked, method, rival in experiment.QUESTIONS
            if asked == setting
        }
        assert results.comparisons(setting) == len(lines) * len(results.labels_per_class)


def off_the_shipped(results, method):
    """By how much more than machines differ a cell comes out elsewhere than shipped."""
    return {
        name: abs(accuracy - results.accuracy("night", method, n)[0]) - spread.allowed(name)
        for n, (name, accuracy) in zip(
            results.labels_per_class, spread.probe_on(method).items(), strict=True
        )
    }


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pixels", "PCA"])
def test_a_cell_without_chance_comes_out_as_shipped(results, method):
    off = off_the_shipped(results, method)
    assert max(off.values()) <= 0, off


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (frozen, "COMPONENTS", (48,)),
        (train_autoencoders, "NIGHT", {"photons": 2.2, "read_noise": 1.0}),
        (pretraining, "PENALTIES", (0.001, 0.01)),
    ],
)
def test_a_changed_recipe_comes_out_elsewhere(results, monkeypatch, module, name, value):
    """What machines differ by is less than what a small change of the recipe makes."""
    assert getattr(module, name) != value
    monkeypatch.setattr(module, name, value)
    settings.make_setting.cache_clear()
    off = off_the_shipped(results, "PCA")
    settings.make_setting.cache_clear()
    assert max(off.values()) > 0, off


@pytest.mark.slow
def test_a_cell_trained_again_lies_where_the_shipped_ones_do(results):
    """A new seed falls into the interval that those shipped predict for one more."""
    seed = len(settings.SEEDS)
    cell = experiment.compute_cell("night", "denoising autoencoder", seed)["chosen"]
    labels = settings.make_setting("night", seed).test.labels
    for n in (5, 10, 50):
        shipped = results.accuracy("night", "denoising autoencoder", n)
        half = (
            stats.t.ppf(0.999, len(shipped) - 1)
            * shipped.std(ddof=1)
            * np.sqrt(1 + 1 / len(shipped))
        )
        assert abs(np.mean(cell[n] == labels) - shipped.mean()) < half + 0.005
