"""Backbones: the shipped weights are the published ones, and every failure says what to do."""

import json
import os
import re
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from course_lib import assets, backbones, data
from course_lib.assets import AssetError
from course_lib.backbones import BackboneUnavailable, ImageNetPreprocessing
from course_lib.errors import CourseError
from course_lib.plumbing import sha256_of
from recipes import convert_mobilenet_v2 as conversion

WEIGHTS = "mobilenet_v2_imagenet_float16.npz"


@pytest.fixture(scope="module")
def classifiers():
    return {size: backbones.load(input_size=size, include_top=True) for size in (96, 224)}


def test_damage_to_the_shipped_files_is_told_with_what_to_do(tmp_path, monkeypatch):
    for file in assets.FOLDER.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    assert assets.path(WEIGHTS) == tmp_path / WEIGHTS

    damaged = bytearray((tmp_path / WEIGHTS).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / WEIGHTS).write_bytes(damaged)
    with pytest.raises(AssetError, match="damaged.*(?s:.)*reinstall"):
        backbones.load()

    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(AssetError, match="missing.*(?s:.)*reinstall"):
        backbones.load()
    with pytest.raises(AssetError, match="no asset called 'other.npz'"):
        assets.path("other.npz")


def test_provenance_manifest_and_folder_agree():
    entries = assets.manifest()
    in_folder = {
        file.name for file in assets.FOLDER.iterdir() if file.is_file() and file.suffix != ".py"
    }
    assert in_folder == {*entries, "manifest.json", "PROVENANCE.md"}
    page = (assets.FOLDER / "PROVENANCE.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(entries)
    for name, entry in entries.items():
        file = assets.FOLDER / name
        assert sha256_of(file) == entry["sha256"]
        assert file.stat().st_size == entry["bytes"]
        assert entry["sha256"] in sections[name]
        assert f"{entry['bytes']:,} bytes" in sections[name]
        for word in ("**What**", "**Made by**", "**From**", "**Licence**"):
            assert word in sections[name], f"{name}: {word}"


def test_the_record_of_the_conversion_is_within_its_bounds(root):
    record = json.loads(assets.path("mobilenet_v2_imagenet.json").read_text(encoding="utf-8"))
    assert record["asset_sha256"] == assets.manifest()[WEIGHTS]["sha256"]
    assert record["checkpoint_sha256"] == conversion.CHECKPOINT_SHA256
    assert set(record["versions"]) == {"keras", "torch"}
    for size in ("96_px", "224_px"):
        numbers = record["agreement_with_pytorch"][size]
        assert numbers["images"] == 100
        assert numbers["float32_largest_logit_difference"] < 1e-3
        assert numbers["float32_same_first_class"] == 100
        assert numbers["shipped_largest_logit_difference"] < 0.2
        assert numbers["shipped_same_first_class"] >= 99
    reference = root / conversion.REFERENCE
    assert reference.stat().st_size < 1_000_000
    page = (assets.FOLDER / "PROVENANCE.md").read_text(encoding="utf-8")
    assert sha256_of(reference) in page


def test_shipped_weights_are_half_precision_and_small():
    assert 6_500_000 < assets.manifest()[WEIGHTS]["bytes"] < 7_100_000
    with np.load(assets.path(WEIGHTS), allow_pickle=False) as arrays:
        expected = {
            np.dtype(np.float16 if arrays[name].size >= 10_000 else np.float32) for name in arrays
        }
        assert {arrays[name].dtype for name in arrays} == expected
        assert sum(arrays[name].size for name in arrays) == 3_538_984


@pytest.mark.parametrize("size", [96, 224])
def test_logits_agree_with_pytorch(size, classifiers, root):
    expected = np.load(root / conversion.REFERENCE, allow_pickle=False)[f"logits_{size}"]
    backbone = classifiers[size]
    images = conversion.reference_images(size)
    logits = conversion.keras_logits(backbone.model, backbone.preprocessing, images)
    assert np.abs(logits - expected).max() < 0.2
    assert (logits.argmax(axis=1) == expected.argmax(axis=1)).sum() >= 99


@pytest.mark.parametrize(
    ("size", "photo", "allowed"),
    [
        (224, "cat", {"Egyptian cat"}),
        (224, "coffee", {"espresso"}),
        (224, "photographer", {"tripod"}),
        (224, "motorcycle", {"motor scooter, scooter", "moped"}),
        (224, "temple", {"palace", "monastery"}),
        (96, "cat", {"Egyptian cat", "tabby, tabby cat", "tiger cat"}),
        (96, "coffee", {"espresso", "cup"}),
        (96, "photographer", {"tripod"}),
        (96, "motorcycle", {"motor scooter, scooter", "moped"}),
    ],
)
def test_real_photos_get_the_published_classes(size, photo, allowed, classifiers):
    backbone = classifiers[size]
    pixels = conversion.square(data.sample_photos()[photo], size)[None]
    probabilities = backbone.model(backbone.preprocessing(pixels), training=False)
    assert np.allclose(np.sum(probabilities), 1.0, atol=1e-4)
    ((name, probability),) = backbones.decode_predictions(probabilities, top=1)[0]
    assert name in allowed
    assert probability > 0.3


def test_embedded_backbone_keeps_the_stock_layer_names():
    backbone = backbones.load()
    assert backbone.name == "MobileNetV2 (embedded)"
    assert backbone.input_size == 96
    assert backbone.model.output_shape == (None, 3, 3, 1280)
    assert "torchvision" in backbone.source
    stock = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights=None)
    names = [layer.name for layer in backbone.model.layers[1:]]
    assert names == ["Conv1_pad", *(layer.name for layer in stock.layers[1:])]
    assert backbone.model.count_params() == stock.count_params()


def test_embedded_backbone_takes_any_size_from_32():
    for size, out in ((32, 1), (65, 3)):
        backbone = backbones.load("Embedded", input_size=size)
        maps = backbone.model(backbone.preprocessing(np.zeros((1, size, size, 3), np.uint8)))
        assert maps.shape == (1, out, out, 1280)
    for size in (31, 0, -96, 96.5):
        with pytest.raises(CourseError, match="whole number from 32"):
            backbones.load(input_size=size)


def test_random_weights_are_random_and_say_so():
    backbone = backbones.load(weights=None, input_size=32)
    assert "Random weights" in backbone.source
    kernel = keras.ops.convert_to_numpy(backbone.model.get_layer("Conv1").kernel)
    with np.load(assets.path(WEIGHTS), allow_pickle=False) as arrays:
        assert not np.allclose(kernel, arrays["Conv1/kernel"], atol=0.1)


def test_names_are_known_in_any_case_and_unknown_ones_are_told():
    names = backbones.available()
    assert names[0] == "embedded"
    assert {"ResNet50", "MobileNetV2", "EfficientNetV2B0", "ConvNeXtTiny"} <= set(names)
    assert backbones.load("  mobilenetv3small ", weights=None, input_size=64).name == (
        "MobileNetV3Small"
    )
    with pytest.raises(CourseError, match="no backbone called 'ResNet51'.*ResNet50"):
        backbones.load("ResNet51")
    with pytest.raises(CourseError, match="Xception cannot take images of 40 px.*71x71"):
        backbones.load("Xception", weights=None, input_size=40)


@pytest.mark.parametrize("name", backbones.available())
def test_preprocessing_is_the_models_own_and_leaves_its_input_alone(name):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype(np.float32)
    before = pixels.copy()
    layer = ImageNetPreprocessing(name)
    values = np.array(layer(pixels))
    assert values.dtype == np.float32
    assert np.array_equal(pixels, before)
    assert np.array_equal(np.array(layer(pixels)), values)  # a cell that is run twice
    assert np.array_equal(np.array(layer(pixels.astype(np.uint8))), values)
    if name == "EfficientNetLite0":
        assert np.allclose(values, (before - 127) / 128)
        return
    if name == "embedded":
        module, extra = keras.applications.imagenet_utils, {"mode": "torch"}
    else:
        constructor = getattr(keras.applications, name)
        module, extra = sys.modules[constructor.__module__], {}
    expected = module.preprocess_input(before.copy(), **extra)
    assert np.allclose(values, expected, rtol=1e-5, atol=1e-5)


def test_a_saved_model_with_preprocessing_takes_raw_pixels(tmp_path):
    backbone = backbones.load(input_size=32)
    pixels = keras.Input((32, 32, 3), dtype="uint8")
    model = keras.Model(pixels, backbone.model(backbone.preprocessing(pixels)))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    expected = np.array(model(images, training=False))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(np.array(loaded(images, training=False)), expected)
    direct = backbone.model(backbone.preprocessing(images.astype(np.float32)), training=False)
    assert np.allclose(np.array(direct), expected, atol=1e-4)


def test_preprocessing_stays_float32_under_half_precision():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        values = ImageNetPreprocessing("ResNet50")(np.full((1, 4, 4, 3), 255, np.uint8))
    finally:
        keras.config.set_dtype_policy(policy)
    assert keras.backend.standardize_dtype(values.dtype) == "float32"


def test_weights_from_a_local_file(tmp_path):
    trained = backbones.load("MobileNet", weights=None, input_size=32)
    new, legacy = tmp_path / "mobile.weights.h5", tmp_path / "mobile.h5"
    trained.model.save_weights(new)
    trained.model.save(legacy)
    expected = np.array(trained.model.get_layer("conv_pw_13").kernel)
    for path in (new, str(legacy)):
        loaded = backbones.load("mobilenet", weights=path, input_size=32)
        found = np.array(loaded.model.get_layer("conv_pw_13").kernel)
        assert np.array_equal(found, expected)
        assert os.path.basename(path) in loaded.source

    with pytest.raises(BackboneUnavailable, match=r"does not fit MobileNetV2 \(embedded\)"):
        backbones.load(weights=new)
    with pytest.raises(BackboneUnavailable, match="does not fit.*include_top=True"):
        backbones.load("MobileNet", weights=new, input_size=32, include_top=True)
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(BackboneUnavailable, match="does not fit") as caught:
        backbones.load("MobileNet", weights=tmp_path / "text.h5", input_size=32)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_missing_weights_file_is_told_at_once(tmp_path):
    with pytest.raises(BackboneUnavailable, match="no weights file"):
        backbones.load("ResNet50", weights=tmp_path / "none.h5")
    (tmp_path / "weights.npz").touch()
    with pytest.raises(BackboneUnavailable, match="must end in .h5"):
        backbones.load(weights=tmp_path / "weights.npz")


def test_load_first_tells_when_it_is_not_the_first_choice(tmp_path, capsys):
    assert backbones.load_first(["embedded", "ResNet50"]).name == "MobileNetV2 (embedded)"
    assert capsys.readouterr().out == ""
    with pytest.raises(BackboneUnavailable, match="None of these(?s:.)*ResNet50(?s:.)*embedded"):
        backbones.load_first(["ResNet50", "embedded"], weights=tmp_path / "none.h5")
    with pytest.raises(CourseError, match="at least one"):
        backbones.load_first([])
    with pytest.raises(CourseError, match="no backbone called"):
        backbones.load_first(["ResNet51", "embedded"])


# An empty cache folder and proxies that refuse stand for a machine without a network; a
# MobileNetV2 file is put into Keras' cache beforehand (Keras checks no sum for that model).
_OFFLINE = """
import os, time
from pathlib import Path
import keras, numpy as np
from course_lib import backbones, data

def trouble(action):
    start = time.monotonic()
    try:
        action()
    except Exception as error:
        seconds = f"{time.monotonic() - start:.1f}"
        print("TROUBLE", type(error).__name__, seconds, type(error.__cause__).__name__)
        print(error)

trouble(lambda: backbones.load("ResNet50", input_size=32))
trouble(lambda: data.load_cifar10(full=True))
print("FIRST", backbones.load_first(["ResNet50", "embedded"], input_size=32).name)
models = Path(os.environ["KERAS_HOME"]) / "models"
cached = keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights=None)
cached.save(models / "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5")
found = backbones.load("MobileNetV2", input_size=96)
same = np.array_equal(found.model.get_layer("Conv1").kernel, cached.get_layer("Conv1").kernel)
print("CACHED", same, found.source)
"""


@pytest.mark.slow
def test_without_a_network_the_cache_is_used_and_all_else_fails_within_seconds(root, tmp_path):
    refusing = "http://127.0.0.1:9"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
        "http_proxy": refusing,
        "https_proxy": refusing,
        "KERAS_HOME": str(tmp_path),
        "PYTHONPATH": str(root),
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    start = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", _OFFLINE],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    print(f"{time.monotonic() - start:.1f} s\n{result.stdout}")
    troubles = re.findall(r"TROUBLE (\w+) ([\d.]+) (\w+)", result.stdout)
    assert [kind for kind, _, _ in troubles] == ["BackboneUnavailable", "CourseError"]
    assert all(float(seconds) < 15 for _, seconds, _ in troubles)
    assert all(cause != "NoneType" for _, _, cause in troubles)
    assert 'use `backbones.load("embedded")`' in result.stdout
    assert "use load_cifar10(), the subset" in result.stdout
    plain = "The weights of ResNet50 cannot be had here, so this runs on MobileNetV2 (embedded)."
    assert result.stdout.splitlines().count(plain) == 1
    assert "FIRST MobileNetV2 (embedded)" in result.stdout
    assert "CACHED True" in result.stdout


def test_decode_predictions_gives_the_most_probable_classes_first():
    probabilities = np.zeros((2, 1000), np.float32)
    probabilities[0, [285, 967]] = 0.7, 0.3
    probabilities[1, 0] = 1.0
    first, second = backbones.decode_predictions(probabilities, top=2)
    assert [name for name, _ in first] == ["Egyptian cat", "espresso"]
    assert first[0][1] == pytest.approx(0.7)
    assert second[0] == ("tench, Tinca tinca", 1.0)
    for shape in ((1000,), (2, 10)):
        with pytest.raises(CourseError, match=r"shape \(N, 1000\)"):
            backbones.decode_predictions(np.zeros(shape))


def test_class_names_are_the_thousand_in_order():
    names = backbones.imagenet_class_names()
    assert len(names) == 1000
    assert names[0] == "tench, Tinca tinca"
    assert names[963] == "pizza, pizza pie"
    names.clear()
    assert len(backbones.imagenet_class_names()) == 1000
