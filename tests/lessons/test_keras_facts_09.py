"""What lesson 09 claims about Keras and TensorFlow Lite, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib import choosing


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    photo = keras.Input((16, 16, 3))
    x = photo
    for channels in (16, 32, 64):
        x = keras.layers.Conv2D(channels, 3, padding="same")(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU(6.0)(x)
    return keras.Model(photo, keras.layers.GlobalAveragePooling2D()(x))


def lite(model, integers):
    photos = np.random.default_rng(0).random((20, 1, 16, 16, 3)).astype("float32")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if integers:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([photo] for photo in photos)
    with choosing.quietly():
        return converter.convert()


def test_quantize_converts_dense_layers_only_and_names_the_others_in_warnings(network):
    classifier = keras.Model(network.input, keras.layers.Dense(10, name="head")(network.output))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        classifier.quantize("int8")
    changed = [layer.name for layer in classifier.layers if "int8" in layer.dtype_policy.name]
    assert changed == ["head"]
    text = " ".join(str(warning.message) for warning in said)
    assert "Conv2D" in text and "BatchNormalization" in text and "Dense" not in text


def test_the_input_size_changes_no_parameter():
    sizes = [
        keras.applications.MobileNetV2((s, s, 3), include_top=False, weights=None).count_params()
        for s in (48, 128)
    ]
    assert sizes[0] == sizes[1]


def test_tensorflow_lite_computes_the_same_in_float_and_nearly_the_same_in_integers(network):
    photos = np.random.default_rng(1).random((8, 16, 16, 3)).astype("float32")
    expected = network.predict(photos, verbose=0)
    same = choosing.LiteModel(lite(network, integers=False))(photos)
    assert np.allclose(same, expected, rtol=1e-4, atol=1e-4)
    near = choosing.LiteModel(lite(network, integers=True))(photos)
    assert not np.allclose(near, expected, rtol=1e-4, atol=1e-4)
    assert np.linalg.norm(near - expected) < 0.1 * np.linalg.norm(expected)


def test_an_integer_file_is_less_than_half_as_large(network):
    assert len(lite(network, integers=True)) < 0.5 * len(lite(network, integers=False))
