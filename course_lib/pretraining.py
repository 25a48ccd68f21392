"""What lessons 02 and 03 share: one encoder for every pretraining task, and one measure of it.

A pretraining task trains the encoder of `build_encoder` on images without labels; `few_label_runs`
says what its features are worth when a few labels arrive. Data, networks and draws are the same for
every task, so that differences come from the task.
"""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage, stats
from sklearn.linear_model import LogisticRegression

from course_lib.data import Split
from course_lib.errors import CourseError
from course_lib.evaluation import Interval

SIDE = 28


def build_encoder(features: int = 64, *, name: str = "encoder") -> keras.Sequential:
    """Return an untrained encoder: images (N, 28, 28, 1), floats 0 to 1 -> (N, features).

    Three convolutions, each halving the side, then one dense layer without activation. There is no
    BatchNormalization: in a discriminator it would mix the statistics of real and made images.
    """
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Flatten(name="maps"),
            keras.layers.Dense(features, name="features"),
        ],
        name=name,
    )


def to_unit(images: ArrayLike) -> np.ndarray:
    """Return uint8 images as float32 between 0 and 1, of the same shape."""
    return np.asarray(images, dtype=np.float32) / 255


def jitter(images: ArrayLike, seed: int = 0) -> np.ndarray:
    """Return the images turned by up to 25 degrees, shrunk to 16 to 23 pixels, at a random place.

    Args:
        images: (N, 28, 28, 1) or (N, 28, 28), uint8 or floats, on a black (zero) ground.
        seed: the same seed and number of images give the same turns, sizes and places.

    Returns:
        Images of the same shape and dtype. The shrunk square stays inside the frame before it is
        turned; its corners, which are black in most images, may leave it.
    """
    images = np.asarray(images)
    _require_square(images)
    random = np.random.default_rng(seed)
    jittered = np.empty_like(images)
    middle = (SIDE - 1) / 2
    for index, image in enumerate(images.reshape(-1, SIDE, SIDE)):
        angle = np.deg2rad(random.uniform(-25, 25))
        size = random.uniform(16, 23)
        shift = random.uniform(-(SIDE - size) / 2, (SIDE - size) / 2, 2)
        cosine, sine = np.cos(angle), np.sin(angle)
        # The transform says for each pixel of the result where it comes from.
        matrix = np.array([[cosine, sine], [-sine, cosine]]) * SIDE / size
        offset = middle - matrix @ (middle + shift)
        moved = ndimage.affine_transform(image.astype(np.float32), matrix, offset, order=1)
        if images.dtype.kind in "iu":
            moved = moved.round()
        jittered[index] = moved.reshape(images.shape[1:]).astype(images.dtype)
    return jittered


def night(images: ArrayLike, photons: float, read_noise: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return what a camera sees at night: few photons for each pixel, and the noise of its sensor.

    A pixel of brightness b catches a Poisson number of photons with mean b x `photons`; reading it
    adds normal noise of `read_noise` photons (Foi, Trimeche, Katkovnik and Egiazarian, "Practical
    Poissonian-Gaussian noise modeling", 2008). The result is divided by `photons`, so that its mean
    is b again.

    Args:
        images: floats 0 to 1, any shape.
        photons: mean number of photons in a white pixel, above 0. Fewer are noisier.
        read_noise: standard deviation of the sensor's noise, in photons, 0 or more.
        seed: the same seed gives the same noise.

    Returns:
        float32 of the same shape; values below 0 and above 1 occur.
    """
    if not photons > 0 or not read_noise >= 0:
        raise CourseError(
            f"photons must be above 0 and read_noise at least 0; got {photons} and {read_noise}."
        )
    images = np.asarray(images)
    random = np.random.default_rng(seed)
    caught = random.poisson(images * photons) + random.normal(0, read_noise, images.shape)
    return (caught / photons).astype(np.float32)


def _require_square(images: np.ndarray) -> None:
    if images.shape[1:] not in {(SIDE, SIDE), (SIDE, SIDE, 1)}:
        raise CourseError(f"Needed are images of shape (N, 28, 28, 1), not {images.shape}.")
