"""Choosing: LogME is the evidence that it claims to be, the small runtime runs, nothing hangs."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy import optimize, stats

from course_lib import backbones, choosing, plots
from course_lib.choosing import PUBLISHED, log_me
from course_lib.errors import CourseError
from course_lib.evaluation import Interval


def brute_force(features, labels):
    """The labels of a class are normal with covariance I/beta + F F'/alpha: maximise that."""
    rows = len(features)
    best = []
    for name in np.unique(labels):
        y = (labels == name).astype(float)

        def minus_evidence(logs, y=y):
            covariance = np.eye(rows) * np.exp(-logs[1]) + features @ features.T * np.exp(-logs[0])
            return -stats.multivariate_normal.logpdf(y, cov=covariance)

        starts = [(0.0, 0.0), (3.0, 1.0), (-2.0, 2.0)]
        found = [optimize.minimize(minus_evidence, s, method="Nelder-Mead") for s in starts]
        best.append(-min(result.fun for result in found) / rows)
    return np.mean(best)


@pytest.mark.parametrize("shape", [(40, 5), (30, 60)], ids=["few features", "many features"])
@pytest.mark.parametrize("signal", [0.6, 2.0])
def test_log_me_is_the_largest_evidence(shape, signal):
    random = np.random.default_rng(3)
    labels = np.arange(shape[0]) % 3
    features = random.normal(size=shape) + 0.5
    features[:, :3] += signal * np.eye(3)[labels]
    assert log_me(features, labels) == pytest.approx(brute_force(features, labels), abs=2e-4)


def test_log_me_of_a_repeated_feature_is_finite():
    random = np.random.default_rng(0)
    column = random.normal(size=(30, 1))
    assert np.isfinite(log_me(np.hstack([column, column, column * 0]), np.arange(30) % 2))


def test_log_me_prefers_real_labels_and_needs_no_scale():
    random = np.random.default_rng(1)
    labels = np.arange(120) % 4
    features = random.normal(size=(120, 20))
    features[:, :4] += 2 * np.eye(4)[labels]
    assert log_me(features, labels) > log_me(features, random.permutation(labels)) + 0.1
    assert log_me(1000 * features, labels) == pytest.approx(log_me(features, labels), abs=1e-3)
    assert log_me(features.astype(np.float32), labels.tolist()) == pytest.approx(
        log_me(features, labels), abs=1e-4
    )


@pytest.mark.parametrize(
    ("features", "labels", "words"),
    [
        (np.ones((4, 2)), [0, 1, 0], "4, 2"),
        (np.ones(4), [0, 1, 0, 1], "shape"),
        (np.full((4, 2), np.nan), [0, 1, 0, 1], "NaN"),
        (np.ones((4, 2)), [1, 1, 1, 1], "two classes"),
    ],
)
def test_log_me_explains_bad_input(features, labels, words):
    with pytest.raises(CourseError, match=words):
        log_me(features, labels)


def test_a_lite_model_gives_the_same_numbers_and_says_nothing(capfd):
    import tensorflow as tf

    photo = keras.Input((8, 8, 3))
    maps = keras.layers.Conv2D(4, 3, activation="relu")(photo)
    model = keras.Model(photo, keras.layers.GlobalAveragePooling2D()(maps))
    photos = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    expected = model.predict(photos, verbose=0)
    capfd.readouterr()  # what TensorFlow says when it computes for the first time
    with choosing.quietly():
        content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    features = choosing.LiteModel(content)(photos)
    assert capfd.readouterr() == ("", "")
    assert np.allclose(features, expected, rtol=1e-4, atol=1e-3)


def test_quietly_shows_everything_when_the_block_fails(capfd):
    with pytest.raises(ValueError), choosing.quietly():
        os.write(2, b"native message")
        raise ValueError
    assert "native message" in capfd.readouterr().err


def test_published_figures_cover_every_application_but_the_convnext():
    known = set(backbones.available()) - set(backbones.shipped())
    sizes = ("Tiny", "Small", "Base", "Large", "XLarge")
    assert known - set(PUBLISHED) == {f"ConvNeXt{size}" for size in sizes}
    assert set(PUBLISHED) <= known
    for figures in PUBLISHED.values():
        assert 0.6 < figures.top_1 < 0.9 and 2 < figures.parameters < 150


@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "ResNet50"])
def test_published_parameters_are_those_of_keras(name):
    model = getattr(keras.applications, name)(weights=None)
    assert PUBLISHED[name].parameters == pytest.approx(model.count_params() / 1e6, abs=0.06)


_OFFLINE = """
import time
from course_lib import choosing
start = time.monotonic()
print([b.name for b in choosing.each_application(input_size=96)], time.monotonic() - start < 60)
"""


def test_the_tour_ends_without_a_network_with_one_plain_line(root, tmp_path):
    refusing = "http://127.0.0.1:9"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
        "http_proxy": refusing,
        "https_proxy": refusing,
        "KERAS_HOME": str(tmp_path),
        "PYTHONPATH": str(root),
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "The weights of MobileNetV3Small cannot be had here (no network?): the tour ends here.",
        "[] True",
    ], done.stderr


def test_a_model_that_refuses_the_size_is_passed_over(monkeypatch, capsys):
    def load(name, *, input_size):
        return backbones.Backbone(name, None, None, input_size, "")

    def load_but(name, *, input_size):
        if name == "Xception":
            raise CourseError("too small")
        return load(name, input_size=input_size)

    monkeypatch.setattr(backbones, "load", load_but)
    found = choosing.each_application(["MobileNet", "Xception", "VGG16"], input_size=40)
    assert [backbone.name for backbone in found] == ["MobileNet", "VGG16"]
    assert "Xception cannot be had for images of 40 px" in capsys.readouterr().out


def test_pareto_names_points_and_front():
    points = {"a": (1.0, 0.5), "b": (2.0, 0.7), "c": (3.0, 0.6)}
    figure = plots.pareto(
        points, ["a", "b"], intervals={"c": Interval(0.5, 0.7)}, xlabel="ms", log_x=True
    )
    (axes,) = figure.axes
    assert {text.get_text() for text in axes.texts} == {"a", "b", "c"}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "dominated", "Pareto front",
    ]  # fmt: skip
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "ms"
    assert plots.pareto(points).axes[0].get_legend() is None
    many = {str(number): (number + 1.0, number / 20) for number in range(20)}
    assert len(plots.pareto(many, ["3", "4"]).axes[0].texts) == 2


def test_pareto_explains_bad_input():
    with pytest.raises(CourseError, match="no points"):
        plots.pareto({})
    with pytest.raises(CourseError, match="no points: x"):
        plots.pareto({"a": (1, 1)}, ["x"])
