"""What lesson 05 says about heads, over several seeds: the textbook head against its rivals.

Every head is trained on the same cached features, as long as in the lesson. Two kinds of chance
remain: the training run, shown by the spread over seeds, and the choice of test photos, shown by an
interval of the difference on the same photos, with the seeds' answers pooled.
"""

from collections.abc import Callable

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.features import extractor
from course_lib import data, evaluation, feature_extraction, finetuning

SEEDS = 5
EPOCHS = 10


def run() -> list[str]:
    """Return one line per head, and one per claim."""
    cifar = data.load_cifar10()
    test = cifar.test.open_for("the benchmark of heads")
    model = extractor()
    train, validation, test = (
        part._replace(images=feature_extraction.cached_features(model, part.images))
        for part in (cifar.train, cifar.validation, test)
    )
    right, lines = {}, []
    for name, build in HEADS.items():
        outcomes = [_train(build, seed, train, validation, test) for seed in range(SEEDS)]
        right[name] = np.array([outcome[0] for outcome in outcomes])
        lowest = [1 + int(np.argmin(outcome[1])) for outcome in outcomes]
        last = [outcome[1][-1] / min(outcome[1]) for outcome in outcomes]
        lines.append(
            f"{name:<34} test accuracy {_spread(right[name].mean(axis=1))}; validation loss lowest "
            f"in epoch {min(lowest)} to {max(lowest)}, at the end {_spread(last)} times that"
        )
    right["logistic regression"] = _logistic_regression(train, test)[None]
    lines.append(
        f"{'logistic regression':<34} test accuracy {right['logistic regression'].mean():.3f}"
    )
    for first, second in CLAIMS:
        gains = right[first].mean(axis=0) - right[second].mean(axis=0)
        low, high = evaluation.mean_interval(gains)
        lines.append(
            f"{first} − {second}: {gains.mean():+.3f}, 95 % interval [{low:+.3f}, {high:+.3f}]"
        )
    return lines


def _braked(features: int, classes: int) -> keras.Sequential:
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


HEADS: dict[str, tuple[Callable[[int, int], keras.Model], float]] = {
    "textbook head": (finetuning.textbook_head, 0.001),
    "textbook head, learning rate 1e-4": (finetuning.textbook_head, 0.0001),
    "head with brakes": (_braked, 0.001),
}
CLAIMS = [
    ("logistic regression", "textbook head"),
    ("head with brakes", "textbook head"),
    ("head with brakes", "logistic regression"),
]


def _train(
    head: tuple[Callable[[int, int], keras.Model], float],
    seed: int,
    train: data.Split,
    validation: data.Split,
    test: data.Split,
) -> tuple[np.ndarray, list[float]]:
    """Return which test photos were answered rightly, bool (N,), and the validation losses."""
    build, learning_rate = head
    keras.utils.set_random_seed(seed)
    model = build(train.images.shape[1], 10)
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    history = model.fit(
        train.images,
        train.labels,
        epochs=EPOCHS,
        batch_size=32,
        validation_data=tuple(validation),
        verbose=0,
    )
    guesses = model.predict(test.images, verbose=0).argmax(axis=1)
    return guesses == test.labels, history.history["val_loss"]


def _logistic_regression(train: data.Split, test: data.Split) -> np.ndarray:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    return model.fit(train.images, train.labels).predict(test.images) == test.labels


def _spread(values: np.ndarray | list[float]) -> str:
    return f"{np.mean(values):.3f} ({np.min(values):.3f} to {np.max(values):.3f})"
