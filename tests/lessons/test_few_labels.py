"""The long run of lesson 01: what its file says, and that it was made by the lesson's own code."""

import json

import numpy as np
import pytest
from exercises import lesson_source

from benchmarks import labels, spread
from course_lib import assets, data
from course_lib.comparing import crossed_interval, verdict

LESSON = "01_pretrained_models"


@pytest.fixture(scope="module")
def record():
    return json.loads(assets.path(labels.ASSET).read_text(encoding="utf-8"))


def right(record, method, count):
    """Return where each draw was right on the test part, (draws, photos)."""
    packed = [bytes.fromhex(row) for row in record["right"][method][str(count)]]
    return np.array([np.unpackbits(np.frombuffer(row, np.uint8)) for row in packed], dtype=float)


def test_the_file_was_measured_as_the_script_stands(record):
    assert record["seeds"] == labels.SEEDS >= 5
    assert tuple(record["labels_per_class"]) == labels.COUNTS
    assert record["comparisons"] == len(record["claims"]) == len(labels.CLAIMS) * 4
    assert record["settings"]["penalty_candidates"] == labels.LESSON.PENALTIES
    for count in labels.COUNTS:
        chosen = record["settings"]["from_scratch"][str(count)]
        assert chosen["steps"] == labels.LESSON.BUDGETS[count]
        tried = [tuple(each[:2]) for each in chosen["candidates"]]
        assert tried == [(r, d) for r in labels.LESSON.RATES for d in labels.LESSON.DECAYS]
    assert set(record["with"]) == {"keras", "tensorflow", "scikit-learn"}


def both_parts(record):
    """Return what was found on the test part and on the fresh photos."""
    return [record | {"accuracy": record["test_accuracy"]}, record["fresh"]]


def test_accuracies_are_the_means_of_where_each_draw_was_right(record):
    for part in both_parts(record):
        for method, by_count in part["accuracy"].items():
            for count, accuracies in by_count.items():
                assert len(accuracies) == labels.SEEDS
                shares = right(part, method, count).mean(axis=1)
                assert accuracies == pytest.approx(shares, abs=1e-4)


@pytest.mark.parametrize("part", [0, 1])
def test_claims_are_the_crossed_intervals_of_the_differences(record, part):
    found = both_parts(record)[part]
    for claim in found["claims"]:
        first, second = (
            right(found, claim[side], claim["labels_per_class"])[: claim["draws"]]
            for side in ("first", "second")
        )
        gain, alone = crossed_interval(first - second)
        _, together = crossed_interval(first - second, comparisons=record["comparisons"])
        assert claim["gain"] == pytest.approx(gain, abs=1e-4)
        assert claim["interval"] == pytest.approx(list(alone), abs=1e-4)
        assert claim["interval_of_all_together"] == pytest.approx(list(together), abs=1e-4)
        assert claim["verdict"] == verdict(together)


def test_rate_and_weight_decay_are_the_best_of_the_candidates_on_the_validation_part(record):
    for chosen in record["settings"]["from_scratch"].values():
        rate, decay, _ = max(chosen["candidates"], key=lambda each: each[2])
        assert (chosen["rate"], chosen["weight_decay"]) == (rate, decay)


def test_the_probe_on_pixels_gives_what_the_file_says(record):
    for name, accuracy in spread.few_labels_on_pixels().items():
        count = name.split()[-2]
        shipped = record["test_accuracy_with_fixed_penalty"]["pixels"][count][2]
        assert abs(accuracy - shipped) <= spread.allowed(name), name


def test_another_penalty_gives_something_else_than_the_file_says(record, monkeypatch):
    monkeypatch.setattr(labels, "FIXED_PENALTY", 1.0)
    found = spread.few_labels_on_pixels()
    fixed = record["test_accuracy_with_fixed_penalty"]["pixels"]
    shipped = {name: fixed[name.split()[-2]][2] for name in found}
    assert any(abs(found[name] - shipped[name]) > spread.allowed(name) for name in found), found


def test_fresh_photos_are_in_no_draw_and_as_many_of_each_class():
    train = data.load_cifar10().train
    draws = labels._draws(train, labels.SEEDS, labels.COUNTS)
    fresh = labels._fresh_photos(train, draws)
    assert np.bincount(fresh.labels).tolist() == [labels.FRESH] * 10
    drawn = {photo.tobytes() for of_draw in draws.values() for photo in of_draw.images}
    assert not any(photo.tobytes() in drawn for photo in fresh.images)


def test_fresh_photos_were_asked_with_the_same_networks_and_probes(record):
    fresh = record["fresh"]
    assert fresh["validation_accuracy_differs_by"] == 0
    asked = ("first", "second", "labels_per_class", "draws")
    assert [[claim[key] for key in asked] for claim in fresh["claims"]] == [
        [claim[key] for key in asked] for claim in record["claims"]
    ]


def test_the_script_runs_the_functions_of_the_lesson():
    code = "\n".join(cell.source for cell in lesson_source(LESSON).cells)
    for name in ("small_network", "train_from_scratch", "probe", "feature_extractor", "named"):
        assert getattr(labels.LESSON, name).__code__.co_filename == f"solutions/{LESSON}.py"
        assert f"{name}(" in code


@pytest.fixture
def small_run(monkeypatch):
    """The script as it stands, with fewer photos, candidates, looks and steps."""
    parts = data._cifar10_subset()
    few = {name: data.take_per_class(parts[name], 20) for name in ("validation", "test")}
    monkeypatch.setattr(data, "_cifar10_subset", lambda: parts | few)
    monkeypatch.setattr(data, "_opened_for", {})  # other tests may have opened the test part
    monkeypatch.setattr(labels, "FRESH", 10)
    monkeypatch.setattr(labels, "CLAIMS", [(labels.PIXELS, labels.SCRATCH)])
    monkeypatch.setattr(labels.LESSON, "RATES", labels.LESSON.RATES[:1])
    monkeypatch.setitem(labels.LESSON.train_from_scratch.__globals__, "LOOKS", 2)
    monkeypatch.setitem(labels.LESSON.BUDGETS, 1, 8)
    monkeypatch.setitem(labels.LESSON.BUDGETS, 5, 8)


@pytest.mark.slow
def test_the_script_measures_every_method_on_the_same_draws(small_run):
    result = labels.measure(seeds=2, counts=(1, 5))
    result["fresh"] = labels.measure_fresh(result)
    for by_count in (*result["test_accuracy"].values(), *result["fresh"]["accuracy"].values()):
        assert all(0 <= accuracy <= 1 for values in by_count.values() for accuracy in values)
    assert len(result["claims"]) == result["comparisons"] == len(result["fresh"]["claims"]) == 2
    assert result["fresh"]["validation_accuracy_differs_by"] == 0
    lines = labels._lines(result)
    assert len(lines) == 5 * 2 + 2 and "95 % interval" in lines[-1]
