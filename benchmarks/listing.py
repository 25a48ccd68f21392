"""The textbook listing, which runs its frozen base in every epoch, against cached features."""

import tempfile
from pathlib import Path

import keras
import numpy as np

from benchmarks.features import extractor
from benchmarks.timing import seconds
from course_lib import data, evaluation, feature_extraction, finetuning

EPOCHS = 10
FIRST_RUN_GOAL, CACHED_GOAL = 6, 20


def run() -> list[str]:
    """Train the same head both ways, ten epochs, and compare time and test accuracy."""
    cifar = data.load_cifar10()
    test = cifar.test.open_for("the benchmark of the textbook listing")
    answers: dict[str, np.ndarray] = {}
    head_seconds = []

    def textbook() -> None:
        keras.utils.set_random_seed(0)
        base = extractor()
        model = keras.Sequential([base, finetuning.textbook_head(base.output_shape[1], 10)])
        _fit(model, cifar.train, cifar.validation)
        answers["listing"] = model.predict(test.images, verbose=0)

    def cached(folder: Path) -> None:
        keras.utils.set_random_seed(0)
        base = extractor()
        parts = [
            part._replace(images=feature_extraction.cached_features(
                base, part.images, folder=folder, progress=False))
            for part in (cifar.train, cifar.validation, test)
        ]  # fmt: skip
        head = finetuning.textbook_head(base.output_shape[1], 10)
        head_seconds.append(seconds(lambda: _fit(head, *parts[:2])))
        answers["cached"] = head.predict(parts[2].images, verbose=0)

    with tempfile.TemporaryDirectory() as name:
        slow = seconds(textbook)
        first = seconds(lambda: cached(Path(name)))
        again = [seconds(lambda: cached(Path(name))) for _ in range(3)]
    later, head = float(np.median(again)), float(np.median(head_seconds))
    difference = evaluation.accuracy_difference_interval(
        test.labels, answers["cached"], answers["listing"]
    )
    return [
        f"listing, {EPOCHS} epochs through the frozen base: {slow:.0f} s, test accuracy "
        f"{_accuracy(test.labels, answers['listing']):.3f}",
        f"cached features, first run:  {first:.1f} s, ratio {slow / first:.1f}x "
        f"(goal: at least {FIRST_RUN_GOAL}x)",
        f"cached features, later runs: {later:.1f} s, ratio {slow / later:.1f}x "
        f"(goal: at least {CACHED_GOAL}x), test accuracy "
        f"{_accuracy(test.labels, answers['cached']):.3f}",
        f"in all three, training the head itself takes {head:.1f} s, which no cache can save; "
        f"without it the first run is {(slow - head) / (first - head):.1f}x, later ones "
        f"{(slow - head) / (later - head):.0f}x",
        f"difference of the two accuracies, 95 % interval: {difference}",
    ]


def _fit(model: keras.Model, train: data.Split, validation: data.Split) -> None:
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        train.images, train.labels, epochs=EPOCHS, batch_size=32,
        validation_data=tuple(validation), verbose=0,
    )  # fmt: skip


def _accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))
