"""The long run of lesson 01: what its file says, and that the lesson and the script do the same."""

import ast
import inspect
import json

import numpy as np
import pytest
from exercises import lesson_source
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import labels, spread
from course_lib import assets, data

LESSON = "01_pretrained_models"


@pytest.fixture(scope="module")
def record():
    return json.loads(assets.path(labels.ASSET).read_text(encoding="utf-8"))


def brakes(source):
    """Return the assignment to `brakes` in the source, in one spelling."""
    (found,) = (
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "brakes"
    )
    return found


def test_the_file_was_measured_as_the_script_stands(record):
    assert record["seeds"] == labels.SEEDS >= 5
    assert tuple(record["labels_per_class"]) == labels.COUNTS
    assert record["steps_per_look"] == labels.STEPS
    for by_count in record["test_accuracy"].values():
        assert [len(by_count[str(count)]) for count in labels.COUNTS] == [labels.SEEDS] * 4
    assert set(record["with"]) == {"keras", "tensorflow", "scikit-learn"}


def test_claims_are_the_differences_of_the_accuracies(record):
    assert len(record["claims"]) == len(labels.CLAIMS) * len(labels.COUNTS)
    for claim in record["claims"]:
        first, second = (
            np.array(record["test_accuracy"][claim[side]][str(claim["labels_per_class"])])
            for side in ("first", "second")
        )
        assert claim["gain"] == pytest.approx(np.mean(first - second), abs=1e-4)
        for which in ("seeds", "photos"):
            low, high = claim[f"interval_over_{which}"]
            assert low <= claim["gain"] <= high


def test_pretrained_features_beat_every_other_start_at_every_number_of_labels(record):
    for claim in record["claims"]:
        if claim["first"] == labels.PRETRAINED:
            assert claim["interval_over_seeds"][0] > 0, claim
            assert claim["interval_over_photos"][0] > 0, claim


def test_networks_from_scratch_stopped_by_themselves(record):
    for runs in record["from_scratch"].values():
        for run in runs:
            looks = run["validation_accuracy"]
            assert len(looks) < labels.MOST_LOOKS, "stopped by the budget, not by itself"
            assert looks.index(max(looks)) == len(looks) - 9, "eight looks without a new best"


def test_the_probe_on_pixels_gives_what_the_file_says(record):
    for name, accuracy in spread.few_labels_on_pixels().items():
        count = name.split()[-2]
        shipped = record["test_accuracy"]["pixels"][count][2]
        assert abs(accuracy - shipped) <= spread.allowed(name), name


def test_another_penalty_gives_something_else_than_the_file_says(record, monkeypatch):
    monkeypatch.setattr(
        labels, "probe", lambda: make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    )
    found = spread.few_labels_on_pixels()
    shipped = {name: record["test_accuracy"]["pixels"][name.split()[-2]][2] for name in found}
    assert any(abs(found[name] - shipped[name]) > spread.allowed(name) for name in found), found


def test_the_lesson_trains_the_network_of_the_script():
    assert labels.small_network.__code__.co_filename == f"solutions/{LESSON}.py"
    lesson = next(
        c.source for c in lesson_source(LESSON).cells if "def train_from_scratch" in c.source
    )
    assert brakes(lesson) == brakes(inspect.getsource(labels.from_scratch))
    budget = (
        f"PATIENCE = {labels.PATIENCE}\n", f"steps_per_epoch={labels.STEPS}",
        f"epochs={labels.MOST_LOOKS}", "to_dataset(16,",
    )  # fmt: skip
    assert all(words in lesson for words in budget)


@pytest.mark.slow
def test_the_script_measures_every_method_on_the_same_draws(monkeypatch):
    monkeypatch.setattr(data, "_opened_for", {})  # other tests may have opened the test part
    monkeypatch.setattr(labels, "STEPS", 1)
    monkeypatch.setattr(labels, "MOST_LOOKS", 1)
    monkeypatch.setattr(labels, "CLAIMS", [(labels.PIXELS, labels.SCRATCH)])
    result = labels.measure(seeds=2, counts=(1, 2))
    for by_count in result["test_accuracy"].values():
        assert all(0 <= accuracy <= 1 for values in by_count.values() for accuracy in values)
    assert len(result["claims"]) == 2
    lines = labels._lines(result)
    assert len(lines) == 4 * 2 + 2 and "95 % intervals" in lines[-1]
