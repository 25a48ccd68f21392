"""Train the autoencoders of lesson 02, and make the checkpoint that it loads.

Run from the repository root (about 2 minutes of processor time):

    python -m recipes.train_autoencoders

The networks and the training loops are those of the lesson itself; only the number of epochs is
larger than what a reader would wait for. `python -m benchmarks pretraining` trains the same three
for five seeds.
"""

import argparse
from collections.abc import Callable

import keras
import numpy as np

from course_lib import assets, checkpoints, data, environment, pretraining
from course_tools.authoring import lesson_code

ASSET = "autoencoders_float16.npz"
LESSON = "02_autoencoders"
EPOCHS = 20
NIGHT = {"photons": 2.0, "read_noise": 1.0}
SEED = 0


def night(images: np.ndarray, seed: int) -> np.ndarray:
    """Return `images`, floats 0 to 1, as the lesson's camera sees them at night, float32."""
    return lesson_code.definitions(LESSON).noisy_pair(images, NIGHT["photons"], seed)[0]


def train_autoencoder(images: np.ndarray, seed: int) -> tuple[keras.Model, keras.Model]:
    """Return encoder and decoder trained to give back `images`, float32 (N, 28, 28, 1)."""
    lesson = lesson_code.definitions(LESSON)
    keras.utils.set_random_seed(seed)
    encoder = lesson.build_encoder()
    decoder, _ = lesson.train_autoencoder(encoder, images, EPOCHS)
    return encoder, decoder


def train_denoising(images: np.ndarray, seed: int) -> tuple[keras.Model, keras.Model]:
    """Return encoder and decoder trained to give back `images` from their night versions."""
    lesson = lesson_code.definitions(LESSON)
    keras.utils.set_random_seed(seed)
    encoder = lesson.build_encoder()
    decoder = lesson.train_denoising(encoder, images, NIGHT["photons"], EPOCHS, seed)
    return encoder, decoder


def main() -> None:
    """Train the three autoencoders and write the asset and the manifest."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    environment.start()
    day = pretraining.to_unit(data.load_fashion_mnist().unlabelled)
    trainings: dict[str, tuple[Callable, np.ndarray]] = {
        "day": (train_autoencoder, day),
        "night": (train_autoencoder, night(day, SEED)),
        "denoising": (train_denoising, day),
    }
    models = {
        f"{model.name} {name}": model
        for name, (train, images) in trainings.items()
        for model in train(images, SEED)
    }
    record = {"epochs": EPOCHS, "seed": SEED, **NIGHT, "versions": environment.versions()}
    size = checkpoints.save(ASSET, models, record)
    print(f"{ASSET}: {size:,} bytes, SHA-256 {assets.manifest()[ASSET]['sha256']}")


if __name__ == "__main__":
    main()
