"""What the lessons claim about Keras, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import keras
import numpy as np
import pytest

from course_lib import backbones

PHOTOS = np.random.default_rng(0).random((64, 16, 16, 3)).astype("float32")
LABELS = np.arange(64) % 3


def base():
    image = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(image)
    x = keras.layers.BatchNormalization(name="bn")(x)
    return keras.Model(image, keras.layers.ReLU()(x), name="base")


def classifier_on(base_model, training=False):
    image = keras.Input((16, 16, 3))
    x = keras.layers.GlobalAveragePooling2D()(base_model(image, training=training))
    model = keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def moved(base_model, model):
    before = [weight.numpy() for weight in base_model.weights]
    model.fit(PHOTOS, LABELS, verbose=0)
    return [
        weight.name
        for weight, old in zip(base_model.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    ]


def test_lesson_05_adam_lr_raises():
    with pytest.raises(ValueError, match="lr"):
        keras.optimizers.Adam(lr=0.001)


def test_lesson_05_a_frozen_base_keeps_its_batch_normalization_statistics():
    model = base()
    model.trainable = False
    assert moved(model, classifier_on(model)) == []


def test_lesson_05_freezing_only_the_convolutions_lets_batch_normalization_drift():
    model = base()
    model.get_layer("conv").trainable = False
    assert moved(model, classifier_on(model)) == [
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    ]


def test_lesson_05_training_false_does_not_protect_unfrozen_batch_normalization_in_fit():
    model = base()
    assert "moving_mean" in moved(model, classifier_on(model, training=False))


def test_lesson_05_freezing_batch_normalization_explicitly_keeps_it_still():
    model = base()
    model.get_layer("bn").trainable = False
    assert moved(model, classifier_on(model)) == ["kernel", "bias"]


def test_lesson_05_unfreezing_after_training_needs_a_new_compile():
    model = base()
    model.trainable = False
    whole = classifier_on(model)
    whole.fit(PHOTOS, LABELS, verbose=0)
    model.trainable = True
    assert moved(model, whole) == [], "silently trains the old set"
    whole.compile("adam", "sparse_categorical_crossentropy")
    assert "kernel" in moved(model, whole)


def test_lesson_05_setting_a_parent_trainable_unfreezes_its_batch_normalization():
    model = base()
    model.trainable = False
    model.trainable = True
    assert model.get_layer("bn").trainable


def test_lesson_05_categorical_crossentropy_refuses_class_numbers():
    model = classifier_on(base())
    model.compile("adam", "categorical_crossentropy")
    with pytest.raises(ValueError):
        model.fit(PHOTOS, LABELS, verbose=0)


def test_lesson_05_thirty_two_pixels_leave_a_single_position():
    shape = backbones.load("embedded", input_size=32).model.output_shape
    assert shape == (None, 1, 1, 1280)
    resnet = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
    assert resnet.output_shape == (None, 1, 1, 2048)


def test_lesson_05_resnet50_is_blue_green_red_with_the_mean_subtracted_and_not_divided():
    pixel = np.array([[[[200.0, 100.0, 50.0]]]])
    got = keras.applications.resnet.preprocess_input(pixel.copy())
    np.testing.assert_allclose(got[0, 0, 0], [50 - 103.939, 100 - 116.779, 200 - 123.68], rtol=1e-5)


def test_lesson_05_mobilenet_v2_and_resnet50_v2_are_scaled_to_minus_one_to_one():
    for module in (keras.applications.mobilenet_v2, keras.applications.resnet_v2):
        got = module.preprocess_input(np.array([[[[0.0, 127.5, 255.0]]]]))
        np.testing.assert_allclose(got[0, 0, 0], [-1, 0, 1], atol=1e-6)


def test_preprocess_input_changes_a_float_array_in_place():
    """Why the course's preprocessing is a layer."""
    image = np.full((1, 2, 2, 3), 100.0, dtype=np.float32)
    keras.applications.mobilenet_v2.preprocess_input(image)
    assert not np.all(image == 100.0)
