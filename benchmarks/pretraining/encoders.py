"""How the encoder of lessons 02 and 03 is pretrained, by each method.

A trained encoder is kept in the course's cache under a digest of all that it depends on, so that
its frozen features and the fine-tuning that starts from it share one training.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from benchmarks.pretraining.settings import NIGHT, Setting
from course_lib import assets, pretraining
from course_lib.plumbing import cache_dir, write_atomically
from course_tools.authoring import lesson_code
from recipes import train_autoencoders, train_gan_and_simclr

EPOCHS = train_autoencoders.EPOCHS
GAN_EPOCHS, SIMCLR_EPOCHS = 16, 10
GENTLE_PHOTONS = 20.0
_AUTOENCODER = "build_encoder", "build_decoder", "chain", "train_autoencoder"
_DENOISING = *_AUTOENCODER, "noisy_pair", "train_denoising"
_GAN = ("build_generator", "build_discriminator", "discriminator_loss", "generator_gradients",
        "GAN", "adam", "train_gan")  # fmt: skip
_SIMCLR = "build_views", "nt_xent", "SimCLR", "train_simclr"
VIEWS = {
    "moves": keras.layers.RandomTranslation,
    "turns": keras.layers.RandomRotation,
    "zooms": keras.layers.RandomZoom,
}


@dataclass(frozen=True)
class Pretraining:
    """A way to pretrain the encoder.

    Attributes:
        train: (setting, seed) -> encoder.
        recipe: the numbers that the result depends on.
        sees: what the training is shown, as words for the table of rivals.
        lesson, names: where the code stands, if it is a lesson's.
        clean_images: the training sees the images by day, whatever the setting is.
    """

    train: Callable[[Setting, int], keras.Model]
    sees: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    lesson: str = ""
    names: tuple[str, ...] = ()
    clean_images: bool = False

    def depends_on(self, setting: str) -> dict[str, Any]:
        """Return all that the encoder depends on but the seed, as plain values."""
        code = lesson_code.fingerprint(self.lesson, self.names) if self.lesson else ""
        return {
            "recipe": dict(self.recipe),
            "code": code,
            "setting": "clean" if self.clean_images else setting,
            "night": NIGHT if setting == "night" else {},
            "images": assets.manifest()["fashion_mnist_subset.npz"]["sha256"],
        }


def _untrained(setting: Setting, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return pretraining.build_encoder()


def _autoencoder(setting: Setting, seed: int) -> keras.Model:
    return train_autoencoders.train_autoencoder(setting.unlabelled, seed)[0]


def _denoising_of(images: int) -> Callable[[Setting, int], keras.Model]:
    def train(setting: Setting, seed: int) -> keras.Model:
        """Take as many steps as with all images."""
        repeated = np.resize(np.arange(images), len(setting.clean))
        return train_autoencoders.train_denoising(setting.clean[repeated], seed)[0]

    return train


def _denoising(setting: Setting, seed: int) -> keras.Model:
    return train_autoencoders.train_denoising(setting.clean, seed)[0]


def _denoising_with(photons: float, epochs: int) -> Callable[[Setting, int], keras.Model]:
    def train(setting: Setting, seed: int) -> keras.Model:
        lesson = lesson_code.definitions(train_autoencoders.LESSON)
        keras.utils.set_random_seed(seed)
        encoder = lesson.build_encoder()
        lesson.train_denoising(encoder, setting.clean, photons, epochs, seed)
        return encoder

    return train


def _two_nights(setting: Setting, seed: int) -> keras.Model:
    """Train to give back one night version of an image from another (Lehtinen and others, 2018)."""
    lesson = lesson_code.definitions(train_autoencoders.LESSON)
    keras.utils.set_random_seed(seed)
    encoder = lesson.build_encoder()
    model = lesson.chain(encoder, lesson.build_decoder(encoder.output_shape[1]))
    for epoch in range(EPOCHS):
        first = 2 * (1000 * seed + epoch)
        nights = (train_autoencoders.night(setting.clean, first + which) for which in (0, 1))
        model.fit(*nights, batch_size=128, verbose=0)
    return encoder


def _gan(setting: Setting, seed: int) -> keras.Model:
    return train_gan_and_simclr.gan_encoder(setting.unlabelled, GAN_EPOCHS, seed)


def _simclr_of(epochs: int) -> Callable[[Setting, int], keras.Model]:
    return lambda setting, seed: train_gan_and_simclr.simclr_encoder(
        setting.unlabelled, epochs, seed
    )


def _simclr_without(view: type[keras.layers.Layer]) -> Callable[[Setting, int], keras.Model]:
    """Return SimCLR as the lesson trains it, with one kind of view left out."""

    def train(setting: Setting, seed: int) -> keras.Model:
        lesson = lesson_code.definitions(train_gan_and_simclr.LESSON)
        keras.utils.set_random_seed(seed)
        encoder = pretraining.build_encoder()
        views = [layer for layer in lesson.build_views().layers if not isinstance(layer, view)]
        task = lesson.SimCLR(encoder, keras.Sequential([keras.Input((28, 28, 1)), *views]))
        task.compile(keras.optimizers.Adam(0.002))
        task.fit(setting.unlabelled, batch_size=250, epochs=SIMCLR_EPOCHS, verbose=0)
        return encoder

    return train


_IN_02 = {"lesson": train_autoencoders.LESSON, "names": _DENOISING}
_IN_03 = {"lesson": train_gan_and_simclr.LESSON}
_SEVEN = "7,000 unlabelled images"
PRETRAININGS: dict[str, Pretraining] = {
    "untrained": Pretraining(_untrained, "nothing"),
    "autoencoder": Pretraining(
        _autoencoder, _SEVEN, {"epochs": EPOCHS}, train_autoencoders.LESSON, _AUTOENCODER
    ),
    "denoising autoencoder": Pretraining(
        _denoising, "7,000 unlabelled clean images, each as 20 nights",
        {"epochs": EPOCHS, **NIGHT}, clean_images=True, **_IN_02,
    ),
    "denoising, 700 images": Pretraining(
        _denoising_of(700), "700 unlabelled clean images, each as 200 nights",
        {"epochs": EPOCHS, "of": 700, **NIGHT}, clean_images=True, **_IN_02,
    ),
    "denoising, 100 images": Pretraining(
        _denoising_of(100), "100 unlabelled clean images, each as 1,400 nights",
        {"epochs": EPOCHS, "of": 100, **NIGHT}, clean_images=True, **_IN_02,
    ),
    "denoising, two nights": Pretraining(
        _two_nights, "7,000 unlabelled images, each as 40 nights, none clean",
        {"epochs": EPOCHS, **NIGHT}, clean_images=True, **_IN_02,
    ),
    "denoising, twice as long": Pretraining(
        _denoising_with(NIGHT["photons"], 2 * EPOCHS),
        "7,000 unlabelled clean images, each as 40 nights",
        {"epochs": 2 * EPOCHS, **NIGHT}, clean_images=True, **_IN_02,
    ),
    "denoising, gentle": Pretraining(
        _denoising_with(GENTLE_PHOTONS, EPOCHS),
        "7,000 unlabelled clean images, each with 20 gentle noises",
        {"epochs": EPOCHS, "photons": GENTLE_PHOTONS}, clean_images=True, **_IN_02,
    ),
    "GAN": Pretraining(_gan, _SEVEN, {"epochs": GAN_EPOCHS}, names=_GAN, **_IN_03),
    "SimCLR": Pretraining(
        _simclr_of(SIMCLR_EPOCHS), "7,000 unlabelled images and the views",
        {"epochs": SIMCLR_EPOCHS}, names=_SIMCLR, **_IN_03,
    ),
    "SimCLR, twice as long": Pretraining(
        _simclr_of(2 * SIMCLR_EPOCHS), "7,000 unlabelled images and the views",
        {"epochs": 2 * SIMCLR_EPOCHS}, names=_SIMCLR, **_IN_03,
    ),
} | {
    f"SimCLR, no {name}": Pretraining(
        _simclr_without(layer), f"{_SEVEN} and the views but {name}",
        {"epochs": SIMCLR_EPOCHS, "without": name}, names=_SIMCLR, **_IN_03,
    )
    for name, layer in VIEWS.items()
}  # fmt: skip


def digest(values: Any) -> str:
    """Return a short fingerprint of plain values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def encoder(method: str, setting: Setting, seed: int) -> keras.Model:
    """Return the pretrained encoder, from the course's cache if it was trained before."""
    how = PRETRAININGS[method]
    path = cache_dir() / f"encoder_{digest([how.depends_on(setting.name), method, seed])}.npz"
    if not path.is_file():
        trained = how.train(setting, seed)
        content = io.BytesIO()
        np.savez(content, *trained.get_weights())
        write_atomically(path, content.getvalue())
    model = pretraining.build_encoder()
    with np.load(path, allow_pickle=False) as arrays:
        model.set_weights([arrays[f"arr_{n}"] for n in range(len(arrays.files))])
    return model
