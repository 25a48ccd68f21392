"""Where a network looked: Grad-CAM (Selvaraju and others, ICCV 2017).

A heat map shows which positions of the last feature maps raised the score. It explains neither why
they did so nor whether they should.
"""

import keras
import matplotlib
import numpy as np
import tensorflow as tf

from course_lib.errors import CourseError
from course_lib.language import _

_HEAT = matplotlib.colormaps["inferno"]


def grad_cam(
    model: keras.Model, images: np.ndarray, pooling: str, *, target: int = 0
) -> np.ndarray:
    """Return Grad-CAM heat maps of one output (Selvaraju et al. 2017, equations 1 and 2).

    The maps that go into the pooling layer are weighted by the mean gradient of the score with
    respect to each of them, added up, and cut off below zero. The score is that of the last dense
    layer before its activation.

    Args:
        model: maps -> pooling -> … -> Dense; takes `images` as they are.
        images: (N, height, width, channels).
        pooling: name of a layer of `model` whose input are the feature maps, such as "average".
        target: which output is explained.

    Returns:
        float32 (N, h, w), the size of the feature maps; each between 0 and 1, its largest value
        being 1, or all zero where nothing raises the score.

    Raises:
        CourseError: there is no such layer, it does not take feature maps, or the model does not
            end in a dense layer.
    """
    front, head = _parts(model, pooling)
    last = model.layers[-1]
    with tf.GradientTape() as tape:
        maps = front(tf.convert_to_tensor(images), training=False)
        tape.watch(maps)
        scores = head(maps, training=False) @ last.kernel[:, target : target + 1]
    gradients = tape.gradient(scores, maps)
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()
    return heat / np.maximum(heat.max(axis=(1, 2), keepdims=True), 1e-12)


def overlay(images: np.ndarray, heat: np.ndarray, *, strength: float = 0.5) -> np.ndarray:
    """Return the images with heat maps laid over them, float32 (N, height, width, 3) from 0 to 1.

    Args:
        images: (N, height, width) or (N, height, width, 1 or 3), values 0 to 255.
        heat: (N, h, w) between 0 and 1, of any size; enlarged to that of the images.
        strength: 0 shows only the images, 1 only the heat.

    Raises:
        CourseError: other numbers of images than of heat maps.
    """
    images, heat = np.asarray(images, dtype=np.float32), np.asarray(heat, dtype=np.float32)
    if len(images) != len(heat):
        problem = _("{images} images but {maps} heat maps: one each is needed.")
        raise CourseError(problem.format(images=len(images), maps=len(heat)))
    images = images[..., None] if images.ndim == 3 else images
    size = images.shape[1:3]
    enlarged = keras.ops.convert_to_numpy(keras.ops.image.resize(heat[..., None], size))[..., 0]
    colours = _HEAT(np.clip(enlarged, 0, 1))[..., :3]
    return ((1 - strength) * images / 255 + strength * colours).astype(np.float32)


def _parts(model: keras.Model, pooling: str) -> tuple[keras.Model, keras.Model]:
    """Return (images -> maps, maps -> what goes into the last dense layer)."""
    names = [layer.name for layer in model.layers]
    if pooling not in names:
        problem = _("{model} has no layer {pooling!r}. It has: {names}.")
        raise CourseError(problem.format(model=model.name, pooling=pooling, names=", ".join(names)))
    maps, last = model.get_layer(pooling).input, model.layers[-1]
    if not isinstance(maps, keras.KerasTensor) or len(maps.shape) != 4:
        problem = _(
            "The layer {pooling!r} does not take feature maps (N, h, w, channels). Name the "
            "pooling layer that follows the last convolution."
        )
        raise CourseError(problem.format(pooling=pooling))
    if not isinstance(last, keras.layers.Dense):
        problem = _("{model} ends in {last!r}, which is not a dense layer.")
        raise CourseError(problem.format(model=model.name, last=last.name))
    return keras.Model(model.input, maps), keras.Model(maps, last.input)
