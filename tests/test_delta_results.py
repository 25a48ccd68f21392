"""What lesson 04 reads from files: made by the benchmark as it is now, with the lesson's recipe."""

import json
import re

import keras
import numpy as np
import pytest

from benchmarks import delta as benchmark
from course_lib import assets, backbones, comparing, delta


@pytest.fixture(scope="module")
def results():
    return json.loads(assets.path(benchmark.RESULTS).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def classifier():
    network = backbones.load("embedded", input_size=benchmark.SETTINGS["input_size"]).model
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    cut = network.get_layer(benchmark.SETTINGS["last_frozen"]).output
    return keras.Model(cut, keras.layers.Dense(10, name="head")(pooled))


def test_the_results_belong_to_the_settings_and_claims_of_the_benchmark(results):
    assert results["settings"] == json.loads(json.dumps(benchmark.SETTINGS))
    assert list(results["claims"]) == [name for name, *_ in benchmark.CLAIMS]
    assert results["settings"]["seeds"] >= 5
    for claim in results["claims"].values():
        assert claim["verdict"] == comparing.verdict(tuple(claim["interval"]))
        assert len(claim["each seed"]) == results["settings"]["seeds"]
        low, high = claim["interval"]
        assert low <= claim["mean"] <= high
        assert np.mean(claim["each seed"]) == pytest.approx(claim["mean"], abs=1e-3)


def test_every_way_of_the_benchmark_has_its_results(results):
    ways = {**benchmark.FROZEN_WAYS, **benchmark.WAYS}
    wanted = {f"{way}, {scene}" for way, scenes in ways.items() for scene in scenes}
    assert wanted <= set(results["accuracy"])


def test_the_lesson_trains_as_the_benchmark_does(root):
    source = (root / "solutions" / "04_fine_tuning.py").read_text(encoding="utf-8")
    settings = benchmark.SETTINGS
    for pattern, setting in (
        (r"take_per_class\(cifar\.train, (\d+)", "photos_per_class"),
        (r'get_layer\("(block_9_add)"\)', "last_frozen"),
        (r"input_size=(\d+)", "input_size"),
        (r"epochs=(\d+)\)", "epochs"),
        (r"batch_size=(\d+), verbose=2", "batch_size"),
        (r"maps_negative, y_train, learning_rate=(2e-4)", "learning_rate"),
        (r"maps_negative, y_train, learning_rate=(3e-3)", "lora_learning_rate"),
        (r"LogisticRegression\(C=([\d.]+)", "head_C"),
        (r"each rate was (\d\.\d) times smaller", "discriminative_factor"),
        (r"more gently, by (\d\.\d) from block", "discriminative_factor_of_all"),
        (r"a highest rate of (5e-4) was tried first", "discriminative_learning_rate"),
    ):
        found = re.search(pattern, source)
        assert found, pattern
        assert type(settings[setting])(found.group(1)) == settings[setting], setting


@pytest.mark.parametrize("scene", ["negative", "upside down"])
def test_what_the_lesson_says_of_fine_tuning_holds_for_every_seed(results, scene):
    """No interval reaches zero; twice the gain on clean photos, or 1.5 times, by the rival."""
    factors = {"head only": (1.8, 2.5), "logistic regression": (1.35, 1.75)}
    for control, (least, most) in factors.items():
        claim = results["claims"][f"blocks 10 to 16 − {control}, {scene}"]
        clean = results["claims"][f"blocks 10 to 16 − {control}, clean"]
        assert min(claim["each seed"]) > 0 and claim["verdict"] == clean["verdict"] == "more"
        assert least < claim["mean"] / clean["mean"] < most
        if control == "logistic regression":
            assert clean["interval"][1] > claim["interval"][0], "the intervals overlap"
    accuracy = results["accuracy"]
    rivals = [accuracy[f"{way}, {scene}"][scene]["mean"] for way in factors]
    assert rivals[1] > rivals[0], "logistic regression is the harder rival"


def test_what_the_lesson_says_of_the_line_holds_for_every_seed(results):
    for walk in results["delta"]["walk"]:
        negative = {float(alpha): values["negative"] for alpha, values in walk.items()}
        assert negative[-0.5] < negative[0.0] < negative[0.5] < negative[1.0] + 0.03
        clean = {float(alpha): values["clean"] for alpha, values in walk.items()}
        assert negative[0.5] - negative[0.0] > (negative[1.0] - negative[0.0]) / 2
        assert max(negative[1.5], negative[2.0]) < negative[1.0] + 0.03
        assert clean[-0.5] < clean[0.0] and clean[0.5] > clean[0.0] - 0.03
        assert clean[0.5] > clean[1.0] > clean[1.5] > clean[2.0]


def test_what_the_lesson_says_of_low_rank_holds_for_every_seed(results):
    """A rank of a few carries most of the gain, and LoRA of rank 4 too."""
    lora = results["accuracy"]["LoRA, rank 4, negative"]["negative"]["each seed"]
    whole = results["accuracy"]["blocks 10 to 16, negative"]["negative"]["each seed"]
    theta = results["accuracy"]["theta"]["negative"]["each seed"]
    for low, thin, high in zip(theta, lora, whole, strict=True):
        assert thin - low > 0.7 * (high - low)
    for ranks, walk in zip(results["delta"]["ranks"], results["delta"]["walk"], strict=True):
        low, high = walk["0.0"]["negative"], walk["1.0"]["negative"]
        assert ranks["4"] - low > 0.6 * (high - low)
        assert ranks["16"] > high - 0.04


def test_what_the_lesson_says_of_the_last_block_holds(results):
    for scene in ("negative", "clean"):
        claim = results["claims"][f"last block − logistic regression, {scene}"]
        assert claim["verdict"] == "undecided"


def test_what_the_lesson_says_of_the_ways_of_training_holds(results):
    """Three questions stay open, and two ways do worse than blocks 10 to 16 at one rate."""
    verdicts = {name: claim["verdict"] for name, claim in results["claims"].items()}
    assert verdicts["LoRA, rank 4 − blocks 10 to 16, negative"] == "less"
    assert verdicts["blocks 10 to 16, discriminative − blocks 10 to 16, negative"] == "less"
    for undecided in (
        "all blocks − blocks 10 to 16, negative",
        "all blocks, discriminative − blocks 10 to 16, negative",
        "all blocks, discriminative − all blocks, negative",
    ):
        assert verdicts[undecided] == "undecided"
    settings = results["settings"]
    assert settings["discriminative_learning_rate"] > settings["learning_rate"]
    assert settings["discriminative_learning_rate_of_all"] == settings["learning_rate"]
    assert settings["discriminative_factor_of_all"] ** 16 == pytest.approx(20, abs=2)


def test_what_the_lesson_says_of_forgetting_holds_for_every_seed(results):
    for scene in ("negative", "upside down"):
        lost = results["claims"][f"forgetting: clean photos, blocks 10 to 16 on {scene} − θ"]
        assert max(lost["each seed"]) < 0
        gained = results["claims"][f"blocks 10 to 16 − head only, {scene}"]
        assert abs(lost["mean"]) < gained["mean"]
        same = results["same answer in ImageNet's classes"][f"blocks 10 to 16, {scene}"]
        assert max(same["each seed"]) < 0.5


def test_what_the_lesson_says_of_the_sum_holds(results):
    claims = results["claims"]
    for task in ("negative", "upside down"):
        assert claims[f"sum × 0.7 − θ, on {task}"]["verdict"] == "more"
    assert claims["sum × 0.7 − Δθ of upside down alone, on both"]["verdict"] == "more"
    ahead = claims["sum × 0.7 − Δθ of negatives alone, on both"]
    assert min(ahead["each seed"]) > 0 and ahead["verdict"] == "undecided"
    assert min(results["delta"]["cosine"]) > 0.05 and max(results["delta"]["cosine"]) < 0.2


def test_the_shipped_delta_fits_the_lessons_classifier_and_is_thin(classifier):
    theta = delta.snapshot(classifier)
    shipped = delta.read(assets.path(benchmark.SHIPPED))
    assert {name: array.shape for name, array in shipped.items()} == {
        name: array.shape for name, array in theta.items()
    }
    rank = benchmark.SETTINGS["shipped_rank"]
    for name, array in shipped.items():
        if "depthwise" not in name:
            assert np.linalg.matrix_rank(delta.as_matrix(array), tol=1e-8) <= rank, name
        if "_BN" in name or name.startswith("head"):
            assert not array.any(), name
    assert assets.manifest()[benchmark.SHIPPED]["bytes"] < 1_000_000
