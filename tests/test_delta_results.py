"""What lesson 04 reads from files: made by the benchmark as it is now, with the lesson's recipe."""

import json
import re

import keras
import numpy as np
import pytest

from benchmarks import delta as benchmark
from course_lib import assets, backbones, comparing, delta

WITHOUT_A_SEARCH = {
    benchmark.REGRESSION: benchmark.SETTINGS["Cs"],
    benchmark.PART_KEPT: benchmark.KEPT,
}


@pytest.fixture(scope="module")
def results():
    return json.loads(assets.path(benchmark.RESULTS).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def classifier():
    network = backbones.load("embedded", input_size=benchmark.SETTINGS["input_size"]).model
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    cut = network.get_layer(benchmark.SETTINGS["last_frozen"]).output
    return keras.Model(cut, keras.layers.Dense(10, name="head")(pooled))


def each_seed(results, way, scene="negative"):
    return results["accuracy"][way][scene]["each seed"]


def test_the_results_belong_to_the_settings_and_claims_of_the_benchmark(results):
    settings = benchmark.SETTINGS | {"rates fixed beforehand": benchmark.FIXED_RATES}
    assert results["settings"] == json.loads(json.dumps(settings))
    assert list(results["claims"]) == [name for name, *_ in benchmark.CLAIMS]
    for claim in results["claims"].values():
        assert len(claim["each seed"]) in (settings["seeds"], settings["seeds_of_variants"])
        low, high = claim["interval"]
        assert low <= claim["mean"] <= high
        assert claim["verdict"] == comparing.verdict((low, high))
        assert np.mean(claim["each seed"]) == pytest.approx(claim["mean"], abs=1e-3)


def test_every_training_of_the_benchmark_has_its_results(results):
    assert [name for name, _ in benchmark.all_runs()] == list(results["accuracy"])


def test_every_rate_was_chosen_from_the_same_list_by_the_same_search(results):
    for way, choice in results["choices"].items():
        tried = {float(value): hits for value, hits in choice["tried"].items()}
        assert choice["chosen"] == max(tried, key=tried.get), way
        if whole := WITHOUT_A_SEARCH.get(way.split(", ")[0]):
            assert list(tried) == whole, way
            continue
        values, first = benchmark.SETTINGS["rates"], benchmark.SETTINGS["first_rate"]
        if way.startswith(benchmark.PULLED):
            values, first = benchmark.STRENGTHS, benchmark.FIRST_STRENGTH
        searched = []
        benchmark.climb(values, first,
                        lambda v, s=searched, t=tried: (s.append(v), t[v])[1])  # fmt: skip
        assert sorted(searched) == sorted(tried), way


def test_climbing_stops_where_it_gets_no_better():
    heights = {1: 0.5, 2: 0.7, 3: 0.6, 4: 0.9}
    assert benchmark.climb([1, 2, 3, 4], 2, heights.__getitem__) == 2
    assert benchmark.climb([1, 2, 3, 4], 3, heights.__getitem__) == 4
    assert benchmark.climb([1, 2, 3, 4], 1, heights.__getitem__) == 2
    assert benchmark.climb([1, 2], 2, {1: 0.3, 2: 0.3}.__getitem__) == 2


def test_what_is_measured_on_was_never_trained_on():
    labels = np.repeat(np.arange(10), 300)
    images = np.arange(3000).reshape(-1, 1, 1, 1)
    parts = benchmark.fresh_and_pool(benchmark.Split(images, labels))
    fresh, pool = (set(part.images.ravel()) for part in parts)
    assert not fresh & pool and len(fresh) == 1000 and len(pool) == 2000
    assert np.bincount(parts[0].labels).tolist() == [100] * 10


def test_two_changes_in_different_places_have_no_overlap_and_equal_ones_much():
    one = {"a/kernel": np.array([[3.0, 1e-3], [2.0, 1e-3]])}
    other = {"a/kernel": np.array([[1e-3, 3.0], [1e-3, 2.0]])}
    assert benchmark.overlap(one, other)["numbers"] < 1e-6
    assert benchmark.overlap(one, one)["numbers"] > 1 - 1e-6


def test_random_directions_keep_the_rank_and_the_length_of_the_strongest():
    random = np.random.default_rng(0)
    change = {
        "a/kernel": random.normal(size=(8, 6)),
        "a/depthwise": random.normal(size=(3, 3, 4, 1)),
    }
    cut = benchmark.onto_random_directions(change, 2, random)
    strongest = benchmark.truncate(change, 2)
    assert np.linalg.matrix_rank(cut["a/kernel"]) == 2
    assert delta.norm(cut) == pytest.approx(delta.norm(strongest))
    np.testing.assert_array_equal(cut["a/depthwise"], change["a/depthwise"])
    assert not benchmark.onto_random_directions(change, 0, random)["a/kernel"].any()


def test_the_lesson_trains_as_the_benchmark_does(root):
    source = (root / "solutions" / "04_fine_tuning.py").read_text(encoding="utf-8")
    settings = benchmark.SETTINGS | {
        "blocks": benchmark.FIXED_RATES["blocks 10 to 16"],
        "lora": benchmark.FIXED_RATES["LoRA, rank 4"],
    }
    for pattern, setting in (
        (r"take_per_class\(cifar\.train, (\d+)", "photos_per_class"),
        (r'get_layer\("(block_9_add)"\)', "last_frozen"),
        (r"input_size=(\d+)", "input_size"),
        (r"epochs=(\d+)\)", "epochs"),
        (r"batch_size=(\d+), verbose=2", "batch_size"),
        (r"maps_negative, y_train, learning_rate=(2e-4)", "blocks"),
        (r"maps_negative, y_train, learning_rate=(3e-3)", "lora"),
        (r"LogisticRegression\(C=([\d.]+)", "head_C"),
        (r"(\d\.\d) times smaller than in the block above", "graded_factor"),
    ):
        found = re.search(pattern, source)
        assert found, pattern
        assert type(settings[setting])(found.group(1)) == settings[setting], setting
    groups = re.search(r"GROUPS = (\{.*?\n\})", source, re.DOTALL)
    assert eval(groups.group(1)) == benchmark.IMAGENET_GROUPS


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
