"""EfficientNet-Lite0: the shipped weights are the published ones, in Keras' layers."""

import json

import keras
import numpy as np
import pytest

from course_lib import assets, backbones, data
from course_lib.efficientnet_lite import efficientnet_lite0
from course_lib.errors import CourseError
from course_lib.plumbing import sha256_of
from recipes import convert_efficientnet_lite0 as conversion
from recipes.convert_mobilenet_v2 import keras_logits, square

NAME = "EfficientNetLite0"


@pytest.fixture(scope="module")
def classifiers():
    return {s: backbones.load(NAME, input_size=s, include_top=True) for s in conversion.SIZES}


@pytest.mark.parametrize("size", conversion.SIZES)
def test_logits_agree_with_pytorch(size, classifiers, root):
    expected = np.load(root / conversion.REFERENCE, allow_pickle=False)[f"logits_{size}"]
    backbone = classifiers[size]
    images = conversion.reference_images(size)
    logits = keras_logits(backbone.model, backbone.preprocessing, images)
    assert logits.shape == (20, 1000)
    assert np.abs(logits - expected).max() < 0.1
    assert (logits.argmax(axis=1) == expected.argmax(axis=1)).sum() >= 19


@pytest.mark.parametrize(
    ("photo", "allowed"),
    [
        ("cat", {"Egyptian cat", "tiger cat", "tabby, tabby cat"}),
        ("coffee", {"espresso"}),
        ("motorcycle", {"moped", "motor scooter, scooter"}),
        ("photographer", {"tripod"}),
        ("rocket", {"missile"}),
    ],
)
def test_real_photos_get_the_published_classes(photo, allowed, classifiers):
    backbone = classifiers[224]
    pixels = square(data.sample_photos()[photo], 224)[None]
    probabilities = backbone.model(backbone.preprocessing(pixels), training=False)
    ((name, _),) = backbones.decode_predictions(probabilities, top=1)[0]
    assert name in allowed


def test_it_has_the_published_number_of_parameters_and_no_squeeze_and_excitation():
    model = efficientnet_lite0(224, include_top=True)
    assert round(model.count_params() / 1e6, 1) == 4.7
    assert not [layer for layer in model.layers if "se_" in layer.name]
    assert model.output_shape == (None, 1000)
    assert efficientnet_lite0(100, include_top=False).output_shape == (None, 4, 4, 1280)


def test_it_is_loaded_like_every_other_backbone(tmp_path):
    assert NAME in backbones.shipped() and backbones.available()[1] == NAME
    backbone = backbones.load("efficientnetlite0")
    assert backbone.input_size == 96 and "Google" in backbone.source
    assert "Random weights" in backbones.load(NAME, weights=None).source
    with pytest.raises(CourseError, match="whole number from 32"):
        backbones.load(NAME, input_size=8)
    path = tmp_path / "lite.weights.h5"
    backbone.model.save_weights(path)
    assert "local file" in backbones.load(NAME, weights=path).source
    with pytest.raises(backbones.BackboneUnavailable, match="does not fit EfficientNetLite0"):
        backbones.load(NAME, weights=path, include_top=True)


def test_a_saved_model_with_its_preprocessing_can_be_loaded(tmp_path):
    backbone = backbones.load(NAME, input_size=32)
    pixels = keras.Input((32, 32, 3))
    model = keras.Model(pixels, backbone.model(backbone.preprocessing(pixels)))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(again(images, training=False), model(images, training=False), atol=1e-5)


def test_the_record_of_the_conversion_is_within_its_bounds(root):
    record = json.loads(assets.path(conversion.RECORD_ASSET).read_text(encoding="utf-8"))
    assert record["asset_sha256"] == assets.manifest()[conversion.WEIGHTS_ASSET]["sha256"]
    assert record["asset_bytes"] < 9_500_000
    assert record["checkpoint_sha256"] == conversion.CHECKPOINT_SHA256
    for size in ("96_px", "224_px"):
        numbers = record["agreement_with_pytorch"][size]
        assert numbers["float32_largest_logit_difference"] < 1e-3
        assert numbers["float32_same_first_class"] == numbers["images"] == 20
        assert numbers["shipped_largest_logit_difference"] < 0.1
    ours, usual = record["mean_confidence_of_sample_photos_at_224_px"].values()
    assert ours > usual
    page = (assets.FOLDER / "PROVENANCE.md").read_text(encoding="utf-8")
    assert sha256_of(root / conversion.REFERENCE) in page
