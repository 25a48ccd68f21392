"""What lessons 02 and 03 say about pretraining without labels, over seeds and with intervals.

One cell = one setting, one method, one seed: pretrain the same encoder on the same unlabelled
images, then let a few labels arrive, the same for every method. Cells that are in the course's
cache are not computed again; what is missing takes about an hour of processor time in all. The
outcome is written to the asset `pretraining_results.json`, which the lessons read.
"""

import functools
import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.decomposition import PCA

from course_lib import assets, data, environment, pretraining
from course_lib.files import cache_dir, write_atomically
from course_tools.authoring import lesson_code
from recipes import train_autoencoders, train_gan_and_simclr

SEEDS = range(5)
LABELS_PER_CLASS = (1, 5, 10, 50)
DRAWS = 3
BASELINES = ("pixels", "untrained", "from scratch")
PURPOSE = "the experiment of lessons 02 and 03"


class Setting(NamedTuple):
    """Images (N, 28, 28, 1), float32, of one setting and seed.

    Attributes:
        unlabelled: images without labels, as the setting shows them.
        train, validation, test: labelled images as the setting shows them.
    """

    unlabelled: np.ndarray
    train: data.Split
    validation: data.Split
    test: data.Split


class Method(NamedTuple):
    """How an encoder is pretrained.

    Attributes:
        recipe: the numbers that the result depends on; a change makes old results invalid.
        train: (setting, seed) -> trained encoder.
        settings: in which settings the method is measured.
        code: the lesson, and the names in it, that the result depends on as well.
    """

    recipe: Mapping[str, Any]
    train: Callable[[Setting, int], keras.Model]
    settings: tuple[str, ...]
    code: tuple[str, tuple[str, ...]] | None = None


# --- settings ------------------------------------------------------------------------------------

NIGHT = train_autoencoders.NIGHT
DISTURBANCES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "clean": lambda images, seed: pretraining.to_unit(images),
    "night": lambda images, seed: pretraining.night(
        pretraining.to_unit(images), **NIGHT, seed=seed
    ),
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
        "test": fashion.test.open_for(PURPOSE),
    }
    return Setting(
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


# --- methods -------------------------------------------------------------------------------------


AUTOENCODER_CODE = ("build_encoder", "build_decoder", "chain", "train_autoencoder")
GAN_CODE = (
    "build_generator", "build_discriminator", "discriminator_loss", "generator_gradients", "GAN",
    "adam", "train_gan",
)  # fmt: skip
SIMCLR_CODE = ("build_views", "nt_xent", "SimCLR", "train_simclr")
GAN = {"epochs": 16}
SIMCLR = {"epochs": 10}
AUTOENCODER = {"epochs": train_autoencoders.EPOCHS}
DENOISING = {"epochs": train_autoencoders.EPOCHS, **NIGHT}
ENCODERS: dict[str, Method] = {
    "untrained": Method({}, lambda setting, seed: _untrained(seed), ("clean", "night", "jittered")),
    "autoencoder": Method(
        AUTOENCODER,
        lambda setting, seed: train_autoencoders.train_autoencoder(setting.unlabelled, seed)[0],
        ("clean", "night", "jittered"),
        (train_autoencoders.LESSON, AUTOENCODER_CODE),
    ),
    "denoising autoencoder": Method(
        DENOISING,
        lambda setting, seed: train_autoencoders.train_denoising(
            pretraining.to_unit(data.load_fashion_mnist().unlabelled), seed
        )[0],
        ("clean", "night"),
        (train_autoencoders.LESSON, (*AUTOENCODER_CODE, "noisy_pair", "train_denoising")),
    ),
    "GAN": Method(
        GAN,
        lambda setting, seed: train_gan_and_simclr.gan_encoder(
            setting.unlabelled, GAN["epochs"], seed
        ),
        ("clean", "jittered"),
        (train_gan_and_simclr.LESSON, GAN_CODE),
    ),
    "SimCLR": Method(
        SIMCLR,
        lambda setting, seed: train_gan_and_simclr.simclr_encoder(
            setting.unlabelled, SIMCLR["epochs"], seed
        ),
        ("clean", "jittered"),
        (train_gan_and_simclr.LESSON, SIMCLR_CODE),
    ),
}


def _untrained(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return pretraining.build_encoder()


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def representations(method: str, setting: Setting, seed: int) -> dict[str, tuple[np.ndarray, ...]]:
    """Return name -> features of the training, validation and test images."""
    images = (setting.train.images, setting.validation.images, setting.test.images)
    if method == "pixels":
        return {"pixels": tuple(_flat(part) for part in images)}
    if method == "PCA":
        pca = PCA(PCA_COMPONENTS, random_state=seed).fit(_flat(setting.unlabelled))
        return {"components": tuple(pca.transform(_flat(part)) for part in images)}
    encoder = ENCODERS[method].train(setting, seed)
    both = keras.Model(
        encoder.inputs[0], [encoder.get_layer(name).output for name in ("maps", "features")]
    )
    outputs = [both.predict(part, batch_size=500, verbose=0) for part in images]
    return dict(zip(("maps", "features"), zip(*outputs, strict=True), strict=True))


PCA_COMPONENTS = 64
SCRATCH = {"steps": 400, "batch_size": 32, "looks": 10, "dropout": 0.3, "learning_rate": 0.001}


class _BestLook(keras.callbacks.Callback):
    """Keeps the test predictions of the epoch that was best on the validation part."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting, self.accuracy, self.predictions = setting, -1.0, None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        guesses = _classes(self.model, self.setting.validation.images)
        accuracy = (guesses == self.setting.validation.labels).mean()
        if accuracy > self.accuracy:
            self.accuracy = accuracy
            self.predictions = _classes(self.model, self.setting.test.images)


def from_scratch(setting: Setting, draws: list[np.ndarray], seed: int) -> np.ndarray:
    """Return the predictions of the same encoder and a head, trained with the given labels only.

    The best of 10 looks at the validation part is kept, which favours this baseline.
    """
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            pretraining.build_encoder(),
            keras.layers.ReLU(),
            keras.layers.Dropout(SCRATCH["dropout"]),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(SCRATCH["learning_rate"]), loss)
    start = model.get_weights()
    images_per_look = SCRATCH["steps"] // SCRATCH["looks"] * SCRATCH["batch_size"]
    predictions = []
    for draw in draws:
        model.set_weights(start)
        for variable in model.optimizer.variables:
            if variable is not model.optimizer.learning_rate:
                variable.assign(np.zeros(variable.shape))
        picks = np.resize(draw, images_per_look)
        look = _BestLook(setting)
        model.fit(
            setting.train.images[picks],
            setting.train.labels[picks],
            epochs=SCRATCH["looks"],
            batch_size=SCRATCH["batch_size"],
            callbacks=[look],
            verbose=0,
        )
        predictions.append(look.predictions)
    return np.stack(predictions)


def _classes(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return np.argmax(model.predict_on_batch(images), axis=1)


# --- cells ---------------------------------------------------------------------------------------


def recipe_of(setting: str, method: str) -> dict[str, Any]:
    """Return all that a cell's result depends on, apart from the seed, as plain values."""
    own = {"PCA": {"components": PCA_COMPONENTS}, "from scratch": SCRATCH, "pixels": {}}
    if method in ENCODERS:
        own[method] = ENCODERS[method].recipe
        if ENCODERS[method].code:
            own[method] = {**own[method], "code": lesson_code.fingerprint(*ENCODERS[method].code)}
    return {
        "setting": {"name": setting, **(NIGHT if setting == "night" else {})},
        "method": {"name": method, **own[method]},
        "labels_per_class": LABELS_PER_CLASS,
        "draws": DRAWS,
        "penalties": pretraining.PENALTIES,
        "choice": pretraining.CHOICE,
        "images": assets.manifest()["fashion_mnist_subset.npz"]["sha256"],
    }


def digest(recipe: Any) -> str:
    """Return a short fingerprint of plain values."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def methods_of(setting: str) -> list[str]:
    """Return the methods measured in a setting, baselines first."""
    encoders = [name for name, method in ENCODERS.items() if setting in method.settings]
    return ["pixels", "PCA", "from scratch", *encoders]


def all_cells() -> Iterator[tuple[str, str, int]]:
    """Return (setting, method, seed) of every cell; those of one setting and seed in a row."""
    for setting in DISTURBANCES:
        for seed in SEEDS:
            for method in methods_of(setting):
                yield setting, method, seed


def compute_cell(setting_name: str, method: str, seed: int) -> dict[int, np.ndarray]:
    """Return labels per class -> predictions (draws, test images)."""
    setting = make_setting(setting_name, seed)
    if method == "from scratch":
        return {
            per_class: from_scratch(
                setting, label_draws(setting.train.labels, per_class, seed), seed
            )
            for per_class in LABELS_PER_CLASS
        }
    features = representations(method, setting, seed)
    return {
        per_class: pretraining.few_label_predictions(
            features,
            setting.train.labels,
            setting.validation.labels,
            label_draws(setting.train.labels, per_class, seed),
        )
        for per_class in LABELS_PER_CLASS
    }


def cached_cell(setting: str, method: str, seed: int) -> dict[int, np.ndarray]:
    """Return a cell from the course's cache, or compute it and put it there."""
    name = f"pretraining_{setting}_{method}_{seed}_{digest(recipe_of(setting, method))}.npz"
    path = cache_dir() / name.replace(" ", "_")
    if not path.is_file():
        start = time.process_time()
        predictions = compute_cell(setting, method, seed)
        seconds = time.process_time() - start
        content = io.BytesIO()
        np.savez_compressed(content, **{str(n): np.int8(p) for n, p in predictions.items()})
        write_atomically(path, content.getvalue())
        print(f"{setting}, {method}, seed {seed}: {seconds:.0f} s of processor time", flush=True)
    with np.load(path, allow_pickle=False) as arrays:
        return {int(name): arrays[name] for name in arrays}


# --- outcome -------------------------------------------------------------------------------------


def collect() -> dict[str, Any]:
    """Return the content of the results file: accuracies, gains with intervals, recipes."""
    labels = data.load_fashion_mnist().test.open_for(PURPOSE).labels
    right: dict[str, dict[str, np.ndarray]] = {}
    for setting, method, seed in all_cells():
        cell = cached_cell(setting, method, seed)
        shares = [(cell[n] == labels).mean(axis=0) for n in LABELS_PER_CLASS]
        right.setdefault(setting, {}).setdefault(method, []).append(shares)
    settings = {}
    for setting, methods in right.items():
        # (seeds, labels per class, test images) -> share of the draws in which it was right
        methods = {method: np.array(shares) for method, shares in methods.items()}
        settings[setting] = {
            method: {
                "digest": digest(recipe_of(setting, method)),
                "recipe": recipe_of(setting, method)["method"],
                "accuracy": np.round(shares.mean(axis=2).T, 4).tolist(),
                "gain": {
                    baseline: [
                        [round(v, 4) for v in (mean, *interval)]
                        for mean, interval in (
                            pretraining.crossed_interval(shares[:, n] - methods[baseline][:, n])
                            for n in range(len(LABELS_PER_CLASS))
                        )
                    ]
                    for baseline in methods
                    if baseline != method
                },
            }
            for method, shares in methods.items()
        }
    return {
        "labels_per_class": LABELS_PER_CLASS,
        "seeds": len(SEEDS),
        "draws": DRAWS,
        "versions": environment.versions(),
        "settings": settings,
    }


def run() -> list[str]:
    """Compute what is missing, write the results file, return one line per method and setting."""
    outcome = collect()
    content = (json.dumps(outcome, indent=1) + "\n").encode()
    write_atomically(assets.FOLDER / pretraining.RESULTS_ASSET, content)
    assets.refresh_manifest()
    lines = []
    for setting, methods in outcome["settings"].items():
        for method, values in methods.items():
            means = ", ".join(f"{np.mean(seeds):.3f}" for seeds in values["accuracy"])
            lines.append(
                f"{setting:<9} {method:<22} accuracy at {LABELS_PER_CLASS} labels: {means}"
            )
            for baseline in BASELINES:
                for n, (mean, low, high) in zip(
                    LABELS_PER_CLASS, values["gain"].get(baseline, []), strict=False
                ):
                    if low > 0:
                        lines.append(
                            f"    {n} labels: {mean:+.3f} [{low:+.3f}, {high:+.3f}] over {baseline}"
                        )
    return lines
