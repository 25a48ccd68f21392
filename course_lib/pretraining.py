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
from scipy import ndimage
from scipy.spatial.distance import cdist
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from course_lib import assets
from course_lib.comparing import Verdict, verdict
from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_lib.language import _, padded
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


def _require_square(images: np.ndarray) -> None:
    if images.shape[1:] not in {(SIDE, SIDE), (SIDE, SIDE, 1)}:
        problem = _("Needed are images of shape (N, 28, 28, 1), not {images_shape}.")
        raise CourseError(problem.format(images_shape=images.shape))


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


# What `fixed_predictions` takes where nothing is chosen.
FIXED_PENALTY = 0.1


def fixed_predictions(
    train: np.ndarray, test: np.ndarray, train_labels: np.ndarray, draws: Sequence[np.ndarray]
) -> np.ndarray:
    """Return what `few_label_predictions` would with settings that were fixed beforehand.

    One representation, each feature divided by its own spread, and the penalty `FIXED_PENALTY`.

    Args:
        train: features of the training images, (N, features).
        test: features of the test images.
        train_labels: (N,) class numbers. Only those at the positions in `draws` are used.
        draws: for each draw the positions of the labelled training images.

    Returns:
        int64 (draws, test images).
    """
    train, test = _scaled([train, test], each=True)
    with threadpool_limits(1, "blas"):
        models = [_logistic_regression(train[d], train_labels[d], FIXED_PENALTY) for d in draws]
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


def density(real: ArrayLike, made: ArrayLike, k: int = 5) -> float:
    """Return in how many balls around real images a made one lies on average, in units of k.

    The ball of a real image reaches to its k-th nearest real neighbour. About 1 for made images
    that lie among the real ones, near 0 for images unlike any real one; more than 1 for images that
    crowd where the real ones are dense (Naeem, Oh, Uh, Choi and Yoo, "Reliable Fidelity and
    Diversity Metrics for Generative Models", 2020, equation 4).

    Args:
        real: one row of numbers for each real image, (N, d), with N above k.
        made: the same for made images, (M, d).
        k: which neighbour the balls reach to, 1 or more.
    """
    real, made = np.asarray(real, dtype=np.float64), np.asarray(made, dtype=np.float64)
    if real.ndim != 2 or made.ndim != 2 or real.shape[1] != made.shape[1] or not len(made):
        problem = _(
            "Needed are rows of the same length, (N, d) and (M, d), not {real_shape} and "
            "{made_shape}."
        )
        raise CourseError(problem.format(real_shape=real.shape, made_shape=made.shape))
    if not 1 <= k < len(real):
        problem = _("k must lie between 1 and {most}, one less than there are rows.")
        raise CourseError(problem.format(most=len(real) - 1))
    radius = np.sort(cdist(real, real), axis=1)[:, k]
    return float((cdist(real, made) <= radius[:, None]).sum() / (k * len(made)))


RESULTS_ASSET = "pretraining_results.json"
# Where in it the gains stand, and the settings that they belong to.
GAINS = {"gain": "chosen", "gain with fixed settings": "fixed"}


class Results:
    """The outcome of `python -m benchmarks pretraining`, as `results` reads it.

    Attributes:
        labels_per_class: how many labels of each class were given, such as (1, 5, 10, 50).
        settings: the names of the settings.
        seeds: how often everything was repeated, with other chance.
        validation_labels: how many labels everything that can be chosen was chosen by.
    """

    def __init__(self, content: Mapping) -> None:
        self._content = content
        self.labels_per_class = tuple(content["labels_per_class"])
        self.settings = tuple(content["settings"])
        self.seeds = int(content["seeds"])
        self.validation_labels = int(content["validation_labels"])

    def comparisons(self, setting: str) -> int:
        """Return how many gains are read together in `setting`; their intervals allow for it."""
        self._of_setting(setting)
        return int(self._content["comparisons"][setting])

    def methods(self, setting: str) -> tuple[str, ...]:
        """Return the methods that were measured in `setting`, baselines first."""
        return tuple(self._of_setting(setting))

    def rivals(self, setting: str, method: str) -> tuple[str, ...]:
        """Return the methods that `method` was compared with."""
        return tuple(self._of_method(setting, method)["gain"])

    def accuracy(
        self, setting: str, method: str, per_class: int, *, fixed: bool = False
    ) -> np.ndarray:
        """Return the test accuracy of every seed, (seeds,).

        Args:
            setting: the name of a setting.
            method: the name of a method.
            per_class: labels of each class.
            fixed: with settings that were fixed beforehand, in place of those that the validation
                part has chosen.
        """
        accuracies = self._of_method(setting, method)["fixed" if fixed else "chosen"]
        return np.array(accuracies[self._column(per_class)])

    def gain(
        self, setting: str, method: str, rival: str, per_class: int, *, fixed: bool = False
    ) -> tuple[float, Interval]:
        """Return accuracy of `method` minus that of `rival`, with its interval.

        The interval covers other seeds, draws of labels and test images, see
        `comparing.crossed_interval`, and is as wide as the number of `comparisons` of the setting
        asks for: with 95 % all of them together hold the true gain. `fixed` is that of `accuracy`.
        """
        gains = self._of_method(setting, method)["gain with fixed settings" if fixed else "gain"]
        if rival not in gains:
            problem = _("{method!r} was not compared with {rival!r} here; with: {rivals}.")
            raise CourseError(
                problem.format(method=method, rival=rival, rivals=", ".join(gains) or _("nothing"))
            )
        mean, low, high = gains[rival][self._column(per_class)]
        return mean, Interval(low, high)

    def verdict(
        self, setting: str, method: str, rival: str, per_class: int, *, fixed: bool = False
    ) -> Verdict:
        """Return whether `method` is clearly "more" or "less" accurate than `rival`."""
        return verdict(self.gain(setting, method, rival, per_class, fixed=fixed)[1])

    def table(self, setting: str, methods: Sequence[str] = (), *, fixed: bool = False) -> str:
        """Return accuracies as text: methods down, labels per class across, means over seeds.

        In brackets the smallest and the largest of the seeds. All methods, or those named; `fixed`
        is that of `accuracy`.
        """
        head = padded(_("labels per class"), 36)
        rows = [head + "".join(f"{n:<19}" for n in self.labels_per_class)]
        for method in methods or self.methods(setting):
            cells = []
            for per_class in self.labels_per_class:
                seeds = self.accuracy(setting, method, per_class, fixed=fixed)
                cells.append(f"{seeds.mean():.3f} [{_bare(seeds.min())}, {_bare(seeds.max())}]")
            rows.append(f"{method:<36}" + "".join(f"{cell:<19}" for cell in cells))
        return "\n".join(row.rstrip() for row in rows)

    def given(self, setting: str, methods: Sequence[str] = ()) -> str:
        """Return as text what each method was given: what it has seen, and what was chosen."""
        columns = padded(_("trained"), 12) + padded(_("candidates"), 12)
        rows = [" " * 36 + columns + _("has seen, beside the labels")]
        for name in methods or self.methods(setting):
            row = self._of_method(setting, name)
            rows.append(f"{name:<36}{row['trained']:<12}{row['candidates']:<12}{row['sees']}")
        return "\n".join(rows)

    def verdicts(self, setting: str, methods: Sequence[str] = (), *, fixed: bool = False) -> str:
        """Return as text every gain that was asked for in `setting`, with its verdict.

        All methods, or those named; `fixed` is that of `accuracy`.
        """
        pairs = {
            f"{method} − {rival}": (method, rival)
            for method in methods or self.methods(setting)
            for rival in self.rivals(setting, method)
        }
        width = max(map(len, pairs), default=0) + 2
        head = padded(_("labels per class"), width)
        rows = [head + "".join(f"{n:<18}" for n in self.labels_per_class)]
        for title, pair in pairs.items():
            cells = []
            for n in self.labels_per_class:
                mean, interval = self.gain(setting, *pair, n, fixed=fixed)
                cells.append(f"{mean:+.3f} {verdict(interval)}")
            rows.append(f"{title:<{width}}" + "".join(f"{cell:<18}" for cell in cells))
        return "\n".join(row.rstrip() for row in rows)

    def _of_setting(self, setting: str) -> Mapping:
        if setting not in self._content["settings"]:
            problem = _("No setting {setting!r}. There are: {names}.")
            raise CourseError(problem.format(setting=setting, names=", ".join(self.settings)))
        return self._content["settings"][setting]

    def _of_method(self, setting: str, method: str) -> Mapping:
        methods = self._of_setting(setting)
        if method not in methods:
            problem = _("No method {method!r} in {setting!r}. There are: {names}.")
            raise CourseError(
                problem.format(method=method, setting=setting, names=", ".join(methods))
            )
        return methods[method]

    def _column(self, per_class: int) -> int:
        if per_class not in self.labels_per_class:
            problem = _("Measured were {labels_per_class} labels, not {per_class}.")
            raise CourseError(
                problem.format(labels_per_class=self.labels_per_class, per_class=per_class)
            )
        return self.labels_per_class.index(per_class)


def _bare(share: float) -> str:
    """Return a share below 1 without its zero, so that a row of a table fits on a screen."""
    return f"{share:.3f}".removeprefix("0")


def results() -> Results:
    """Return the results over seeds that come with the course, for lessons 02 and 03."""
    return Results(json.loads(assets.path(RESULTS_ASSET).read_text(encoding="utf-8")))
