"""Grad-CAM: the published formula, on a network where the answer is known."""

import keras
import numpy as np
import pytest

from course_lib import explain
from course_lib.errors import CourseError


def small_network(kernel, activation=None):
    """Two channels: the image itself and its negative; averaged, then one dense layer."""
    image = keras.Input((6, 6, 1))
    maps = keras.layers.Concatenate(name="maps")([image, -image])
    pooled = keras.layers.GlobalAveragePooling2D(name="average")(maps)
    model = keras.Model(image, keras.layers.Dense(len(kernel[0]), activation=activation)(pooled))
    model.layers[-1].set_weights([np.array(kernel, np.float32), np.zeros(len(kernel[0]))])
    return model


@pytest.fixture
def spots():
    images = np.zeros((2, 6, 6, 1), np.float32)
    images[0, 1, 2] = 200
    images[1, 4, 4] = 100
    return images


def test_heat_lies_on_what_raises_the_score(spots):
    heat = explain.grad_cam(small_network([[1.0], [-1.0]]), spots, "average")
    assert heat.shape == (2, 6, 6)
    np.testing.assert_allclose(heat.max(axis=(1, 2)), 1)
    assert [np.unravel_index(h.argmax(), h.shape) for h in heat] == [(1, 2), (4, 4)]
    assert (heat > 0).sum() == 2


def test_what_lowers_the_score_is_not_shown(spots):
    heat = explain.grad_cam(small_network([[-1.0], [1.0]]), spots, "average")
    np.testing.assert_array_equal(heat, 0)


def test_a_saturated_activation_does_not_matter(spots):
    plain = explain.grad_cam(small_network([[50.0], [0.0]]), spots, "average")
    sure = explain.grad_cam(small_network([[50.0], [0.0]], "sigmoid"), spots, "average")
    np.testing.assert_allclose(plain, sure)


def test_the_target_is_chosen(spots):
    model = small_network([[1.0, -1.0], [0.0, 0.0]], "softmax")
    assert explain.grad_cam(model, spots, "average", target=0).max() == pytest.approx(1)
    assert explain.grad_cam(model, spots, "average", target=1).max() == 0


@pytest.mark.parametrize("layer", ["nothing", "dense"])
def test_a_layer_that_takes_no_maps_is_told(spots, layer):
    model = small_network([[1.0], [0.0]])
    layer = model.layers[-1].name if layer == "dense" else layer
    with pytest.raises(CourseError, match="no layer|feature maps"):
        explain.grad_cam(model, spots, layer)


def test_a_network_without_a_dense_end_is_told(spots):
    model = small_network([[1.0], [0.0]])
    headless = keras.Model(model.input, model.get_layer("average").output)
    with pytest.raises(CourseError, match="not a dense layer"):
        explain.grad_cam(headless, spots, "average")


def test_overlay_enlarges_the_heat_and_stays_in_range():
    images = np.full((2, 30, 30), 128, np.uint8)
    heat = np.zeros((2, 3, 3))
    heat[:, 0, 0] = 1
    laid = explain.overlay(images, heat)
    assert laid.shape == (2, 30, 30, 3) and laid.min() >= 0 and laid.max() <= 1
    assert laid[0, 2, 2, 0] > laid[0, -3, -3, 0]
    np.testing.assert_allclose(explain.overlay(images, heat, strength=0), 128 / 255, rtol=1e-6)
    with pytest.raises(CourseError, match="one each"):
        explain.overlay(images, heat[:1])
