"""The images of lessons 02 and 03, as each setting shows them, and the draws of labelled ones."""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from course_lib import data, pretraining
from recipes import train_autoencoders

SEEDS = range(5)
LABELS_PER_CLASS = (1, 5, 10, 50)
DRAWS = 1
NIGHT = train_autoencoders.NIGHT


class Setting(NamedTuple):
    """Images (N, 28, 28, 1), float32, of one setting and seed.

    Attributes:
        name: of the setting.
        clean: the unlabelled images as they are by day, upright and in the middle.
        unlabelled: the same images as the setting shows them.
        train, validation, test: labelled images as the setting shows them; the test part is the
            fresh one, by which nothing was ever chosen.
    """

    name: str
    clean: np.ndarray
    unlabelled: np.ndarray
    train: data.Split
    validation: data.Split
    test: data.Split


DISTURBANCES: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "clean": lambda images, seed: pretraining.to_unit(images),
    "night": lambda images, seed: train_autoencoders.night(pretraining.to_unit(images), seed),
    "jittered": lambda images, seed: pretraining.to_unit(pretraining.jitter(images, seed)),
}


@functools.lru_cache(maxsize=1)
def make_setting(name: str, seed: int) -> Setting:
    """Return the images of a setting; another seed is another night."""
    fashion = data.load_fashion_mnist()
    disturb = DISTURBANCES[name]
    splits = {
        "train": fashion.train,
        "validation": fashion.validation,
        "test": data.load_fresh_fashion_mnist(),
    }
    return Setting(
        name=name,
        clean=pretraining.to_unit(fashion.unlabelled),
        unlabelled=disturb(fashion.unlabelled, 1000 * seed),
        **{
            part: split._replace(images=disturb(split.images, 1000 * seed + number))
            for number, (part, split) in enumerate(splits.items(), start=1)
        },
    )


def label_draws(labels: np.ndarray, per_class: int, seed: int) -> list[np.ndarray]:
    """Return for each draw the positions of the images whose labels are given."""
    positions = data.Split(np.arange(len(labels)), labels)
    return [data.take_per_class(positions, per_class, 100 * seed + d).images for d in range(DRAWS)]


def flat(images: np.ndarray) -> np.ndarray:
    """Return each image as one row of numbers."""
    return images.reshape(len(images), -1)


def blurred(images: np.ndarray, width: float) -> np.ndarray:
    """Return the images with each pixel a mean of those around it, `width` pixels wide."""
    return ndimage.gaussian_filter(images, (0, width, width, 0))
