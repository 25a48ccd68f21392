"""What lessons 02 and 03 share: one encoder for every pretraining task, and one measure of it.

A pretraining task trains the encoder of `build_encoder` on images without labels; `few_label_runs`
says what its features are worth when a few labels arrive. Data, networks and draws are the same for
every task, so that differences come from the task.
"""

import itertools
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage, stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_lib.selection import simplest_within_one_error

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
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise CourseError(
            f"The images must lie between 0 and 1, not {images.min()} and {images.max()}: "
            "divide images of 0 to 255 by 255."
        )
    random = np.random.default_rng(seed)
    caught = random.poisson(images * photons) + random.normal(0, read_noise, images.shape)
    return (caught / photons).astype(np.float32)


def _require_square(images: np.ndarray) -> None:
    if images.shape[1:] not in {(SIDE, SIDE), (SIDE, SIDE, 1)}:
        raise CourseError(f"Needed are images of shape (N, 28, 28, 1), not {images.shape}.")


# Inverse strengths of the L2 penalty that the probe chooses from, by the validation part.
PENALTIES = (0.001, 0.01, 0.1, 1.0)
# How; a part of the recipe that results belong to.
CHOICE = "simplest within one standard error of the log loss"


def few_label_predictions(
    representations: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    train_labels: np.ndarray,
    validation_labels: np.ndarray,
    draws: Sequence[np.ndarray],
) -> np.ndarray:
    """Return what logistic regression says about the test part after seeing a few labels.

    Which representation is used, whether its features are divided by their own spread or by a
    common one, and the penalty are chosen by the log loss on the validation part, once for all
    draws: the simplest of those that cannot be told from the best (a strong penalty before a weak
    one, then few features before many, a common spread before many). A choice by the accuracy would
    hang on single images, and so on the last digits of a processor. Mean and spread are those of
    all training images, which takes no label.

    Args:
        representations: name -> (training, validation, test) features, each (N, features). The
            candidates to choose from; one is fine.
        train_labels: (N,) class numbers. Only those at the positions in `draws` are used.
        validation_labels: (N,) class numbers, each of which occurs in every draw.
        draws: for each draw the positions of the labelled training images.

    Returns:
        int64 (draws, test images).
    """
    # The matrices are small: two threads would wait for each other longer than they compute.
    with threadpool_limits(1, "blas"):
        candidates, losses = [], []
        for penalty, (train, validation, test) in _from_the_simplest(representations):
            models = [_logistic_regression(train[d], train_labels[d], penalty) for d in draws]
            candidates.append((models, test))
            losses.append(np.mean([m.log_loss(validation, validation_labels) for m in models], 0))
        models, test = candidates[simplest_within_one_error(losses)]
        return np.stack([model.predict(test) for model in models])


def _from_the_simplest(
    representations: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> Iterator[tuple[float, list[np.ndarray]]]:
    """Return (penalty, scaled parts) of all candidates, the simplest first."""
    by_width = sorted(representations.values(), key=lambda parts: parts[0].shape[1])
    scaled = [_scaled(parts, each=each) for parts in by_width for each in (False, True)]
    return itertools.product(sorted(PENALTIES), scaled)


def _scaled(parts: Sequence[np.ndarray], *, each: bool) -> list[np.ndarray]:
    """Return the parts centred, and divided by each feature's spread or by one common spread."""
    train = parts[0]
    spread = train.std(axis=0) if each else np.sqrt(train.var(axis=0).mean())
    return [(part - train.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0) for part in parts]


class _LogisticRegression(NamedTuple):
    """A fitted model, and the directions that its rows are turned into first."""

    model: LogisticRegression
    basis: np.ndarray | None

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the class of each row, (N,)."""
        return self.model.predict(self._turned(rows))

    def log_loss(self, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return -log of the probability of each row's label, (N,)."""
        columns = np.searchsorted(self.model.classes_, labels)
        probabilities = self.model.predict_proba(self._turned(rows))
        return -np.log(probabilities[np.arange(len(labels)), columns].clip(min=1e-15))

    def _turned(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.basis is None else rows @ self.basis


def _logistic_regression(
    features: np.ndarray, labels: np.ndarray, penalty: float
) -> _LogisticRegression:
    # The optimal weights are mixtures of the rows of `features`, so nothing is lost when those are
    # turned into the few directions that they span; with 100 rows of 1,024 it is 20 times faster.
    basis = np.linalg.qr(features.T)[0] if len(features) < features.shape[1] else None
    untrained = _LogisticRegression(LogisticRegression(C=penalty, max_iter=500), basis)
    with warnings.catch_warnings():
        # Stopping a weakly penalised fit early is one more penalty, and the validation part judges.
        warnings.simplefilter("ignore", ConvergenceWarning)
        untrained.model.fit(untrained._turned(features), labels)
    return untrained


def crossed_interval(gains: ArrayLike, confidence: float = 0.95) -> tuple[float, Interval]:
    """Return the mean of `gains` and its interval, when both seeds and images are chance.

    Args:
        gains: (seeds, images), for example +1 where only the first of two methods was right.
        confidence: of the interval.

    The two variances of the mean, over seeds and over images, are added, which is a little more
    than is due; the quantile is Student's with one degree of freedom less than there are seeds.
    """
    gains = np.asarray(gains, dtype=np.float64)
    if gains.ndim != 2 or min(gains.shape) < 2:
        raise CourseError(
            f"Needed are gains of shape (seeds, images), two or more of each, not {gains.shape}."
        )
    seeds, images = gains.shape
    variance = gains.mean(axis=1).var(ddof=1) / seeds + gains.mean(axis=0).var(ddof=1) / images
    half = stats.t.ppf((1 + confidence) / 2, seeds - 1) * np.sqrt(variance)
    mean = float(gains.mean())
    return mean, Interval(float(mean - half), float(mean + half))


RESULTS_ASSET = "pretraining_results.json"


class Results:
    """The outcome of `python -m benchmarks pretraining`, as `results` reads it.

    Attributes:
        labels_per_class: how many labels of each class were given, such as (1, 5, 10, 50).
        settings: the names of the settings.
    """

    def __init__(self, content: Mapping) -> None:
        self._content = content
        self.labels_per_class = tuple(content["labels_per_class"])
        self.settings = tuple(content["settings"])

    def methods(self, setting: str) -> tuple[str, ...]:
        """Return the methods that were measured in `setting`, baselines first."""
        return tuple(self._of_setting(setting))

    def accuracy(self, setting: str, method: str, per_class: int) -> np.ndarray:
        """Return the test accuracy of every seed, (seeds,), each the mean of several draws."""
        return np.array(self._of_method(setting, method)["accuracy"][self._column(per_class)])

    def gain(
        self, setting: str, method: str, baseline: str, per_class: int
    ) -> tuple[float, Interval]:
        """Return accuracy of `method` minus that of `baseline`, with its 95 % interval.

        The interval covers other seeds and other test images, see `crossed_interval`.
        """
        gains = self._of_method(setting, method)["gain"]
        if baseline not in gains:
            raise CourseError(
                f"{method!r} has no gain over {baseline!r}; over: {', '.join(gains)}."
            )
        mean, low, high = gains[baseline][self._column(per_class)]
        return mean, Interval(low, high)

    def table(self, setting: str) -> str:
        """Return accuracies as text: methods down, labels per class across, means over seeds.

        In brackets the smallest and the largest of the seeds.
        """
        rows = [f"{'labels per class':<24}" + "".join(f"{n:<21}" for n in self.labels_per_class)]
        for method in self.methods(setting):
            cells = []
            for per_class in self.labels_per_class:
                seeds = self.accuracy(setting, method, per_class)
                cells.append(f"{seeds.mean():.3f} [{seeds.min():.3f}, {seeds.max():.3f}]")
            rows.append(f"{method:<24}" + "".join(f"{cell:<21}" for cell in cells))
        return "\n".join(row.rstrip() for row in rows)

    def _of_setting(self, setting: str) -> Mapping:
        if setting not in self._content["settings"]:
            raise CourseError(f"No setting {setting!r}. There are: {', '.join(self.settings)}.")
        return self._content["settings"][setting]

    def _of_method(self, setting: str, method: str) -> Mapping:
        methods = self._of_setting(setting)
        if method not in methods:
            raise CourseError(
                f"No method {method!r} in {setting!r}. There are: {', '.join(methods)}."
            )
        return methods[method]

    def _column(self, per_class: int) -> int:
        if per_class not in self.labels_per_class:
            raise CourseError(f"Measured were {self.labels_per_class} labels, not {per_class}.")
        return self.labels_per_class.index(per_class)


def results() -> Results:
    """Return the results over seeds that come with the course, for lessons 02 and 03."""
    return Results(json.loads(assets.path(RESULTS_ASSET).read_text(encoding="utf-8")))
