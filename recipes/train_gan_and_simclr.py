"""Train the GAN and SimCLR of lesson 03 for longer than a lesson lasts; write its checkpoint.

Run once, from the repository root:

    python -m recipes.train_gan_and_simclr

The code is the lesson's own. The GAN sees the clean images, SimCLR the jittered ones.
"""

import time

import keras
import numpy as np

from course_lib import checkpoints, data, environment, pretraining
from course_tools.authoring import lesson_code

LESSON = "03_gans"
CHECKPOINT = "without_labels_float16.npz"
RECIPE = {"gan_epochs": 40, "simclr_epochs": 40, "jitter_seed": 1, "seed": 1}


def main() -> None:
    """Train both and write the checkpoint."""
    environment.start()
    lesson = lesson_code.definitions(LESSON)
    images = data.load_fashion_mnist().unlabelled
    start = time.process_time()
    gan = lesson.train_gan(pretraining.to_unit(images), RECIPE["gan_epochs"], RECIPE["seed"])
    print(f"GAN: {time.process_time() - start:.0f} s of processor time", flush=True)
    jittered = pretraining.to_unit(pretraining.jitter(images, RECIPE["jitter_seed"]))
    encoder = simclr_encoder(jittered, RECIPE["simclr_epochs"], RECIPE["seed"])
    models = {
        "generator": gan.generator,
        "discriminator": gan.discriminator,
        "simclr encoder": encoder,
    }
    size = checkpoints.save(CHECKPOINT, models, RECIPE | {"versions": environment.versions()})
    print(f"{CHECKPOINT}: {size:,} bytes; {time.process_time() - start:.0f} s of processor time")


def gan_encoder(images: np.ndarray, epochs: int, seed: int) -> keras.Model:
    """Return the encoder inside the lesson's discriminator, trained on images (N, 28, 28, 1)."""
    game = lesson_code.definitions(LESSON).train_gan(images, epochs, seed)
    return game.discriminator.get_layer("encoder")


def simclr_encoder(images: np.ndarray, epochs: int, seed: int) -> keras.Model:
    """Return the encoder that the lesson's SimCLR trains on images (N, 28, 28, 1), 0 to 1."""
    return lesson_code.definitions(LESSON).train_simclr(images, epochs, seed)[0]


if __name__ == "__main__":
    main()
