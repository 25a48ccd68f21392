"""How small an error a code of each size allows: a trained autoencoder against PCA, for lesson 02.

The networks are those of the lesson, trained with a rate that falls to zero; a second training of
some, twice as long, says whether the budget suffices. About twenty minutes of processor time; the
outcome is the asset `code_sizes.json`, which the lesson reads.
"""

import json

import keras
import numpy as np
from sklearn.decomposition import PCA

from course_lib import assets, data, environment, pretraining
from course_lib.plumbing import write_atomically
from course_tools.authoring import lesson_code
from recipes import train_autoencoders

ASSET = "code_sizes.json"
SIZES = (2, 4, 8, 16, 32, 64)
SEEDS = (0, 1)
EPOCHS, LONGER = 60, 120
TRAINED_LONGER = (8, 64)
RATE, BATCH = 0.002, 128


def errors_of_network(size: int, seed: int, epochs: int = EPOCHS) -> dict[str, list[float]]:
    """Return {"training" or "validation": the squared error per pixel, times 1,000, by epoch}."""
    lesson = lesson_code.definitions(train_autoencoders.LESSON)
    images, validation = _images()
    keras.utils.set_random_seed(seed)
    encoder = lesson.build_encoder(size)
    model = keras.Sequential([encoder, lesson.build_decoder(size)])
    steps = epochs * -(-len(images) // BATCH)
    falling = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(falling), loss="mse")
    history = model.fit(
        images,
        images,
        epochs=epochs,
        batch_size=BATCH,
        verbose=0,
        validation_data=(validation, validation),
        validation_batch_size=500,
    ).history
    return {
        part: [round(1000 * error, 3) for error in history[name]]
        for part, name in (("training", "loss"), ("validation", "val_loss"))
    }


def error_of_pca(size: int) -> float:
    """Return the same for principal component analysis."""
    images, validation = (part.reshape(len(part), -1) for part in _images())
    pca = PCA(size, svd_solver="full").fit(images)
    return _error(validation, pca.inverse_transform(pca.transform(validation)))


def _images() -> tuple[np.ndarray, np.ndarray]:
    fashion = data.load_fashion_mnist()
    return pretraining.to_unit(fashion.unlabelled), pretraining.to_unit(fashion.validation.images)


def _error(images: np.ndarray, given_back: np.ndarray) -> float:
    return round(float(1000 * np.mean((images - given_back) ** 2)), 3)


def run() -> list[str]:
    """Train, write the asset, and return a line for each size."""
    of = {size: [errors_of_network(size, seed) for seed in SEEDS] for size in SIZES}
    longer = {size: errors_of_network(size, SEEDS[0], LONGER) for size in TRAINED_LONGER}
    outcome = {
        "epochs": EPOCHS,
        "longer": LONGER,
        "pca": {size: error_of_pca(size) for size in SIZES},
        "network": {s: [each["validation"][-1] for each in seeds] for s, seeds in of.items()},
        "network, longer": {size: errors["validation"][-1] for size, errors in longer.items()},
        "by epoch": {size: seeds[0] for size, seeds in of.items()},
        "versions": environment.versions(),
    }
    write_atomically(assets.FOLDER / ASSET, (json.dumps(outcome, indent=1) + "\n").encode())
    assets.refresh_manifest()
    return [
        f"{size:>3} numbers: PCA {outcome['pca'][size]:.1f}, network "
        f"{min(errors):.1f} to {max(errors):.1f} over seeds"
        for size, errors in outcome["network"].items()
    ] + [
        f"{size:>3} numbers, {LONGER} epochs: {error:.1f}"
        for size, error in outcome["network, longer"].items()
    ]
