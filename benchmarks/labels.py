"""What lesson 01 says about few labels, over seeds: pretrained features against other starts.

Each seed is one draw of labelled photos, the same for all methods, and one draw of initial weights.
All of it takes about a quarter of an hour of one core.
`python -m benchmarks labels` measures and prints; `python -m benchmarks.labels` also keeps the
result as the asset that the lesson reads (its entry in `PROVENANCE.md` then has to follow).
"""

import json
import sys
from importlib.metadata import version

import keras
import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from course_lib import assets, backbones, data, environment, evaluation, finetuning
from course_lib.authoring.lesson_code import definitions
from course_lib.files import write_atomically

small_network = definitions("01_pretrained_models").small_network

SEEDS = 5
COUNTS = (1, 5, 10, 50)
ASSET = "few_labels.json"

# The budget of the network that starts from nothing: a look every STEPS steps; the learning rate
# falls when the validation accuracy has not risen for half of PATIENCE looks, and training ends
# when it has not for PATIENCE. With 50 labels per class more would gain several points.
STEPS = 50
PATIENCE = 8
MOST_LOOKS = 80

PRETRAINED, UNTRAINED = "pretrained features", "features of an untrained network"
PIXELS, SCRATCH = "pixels", "small network from scratch"
CLAIMS = [(PRETRAINED, SCRATCH), (PRETRAINED, UNTRAINED), (SCRATCH, PIXELS), (UNTRAINED, PIXELS)]


def run() -> list[str]:
    """Return one line for each method and number of labels, and one for each claim."""
    return _lines(measure())


@threadpool_limits.wrap(limits=1, user_api="blas")  # small matrices: threads would only wait
def measure(seeds: int = SEEDS, counts: tuple[int, ...] = COUNTS) -> dict:
    """Return accuracies on the test part, the training of each network, and the claims, as JSON."""
    cifar = data.load_cifar10()
    test = cifar.test.open_for("the benchmark of few labels")
    right: dict[str, dict[int, list]] = {
        name: {count: [] for count in counts} for name in (PRETRAINED, UNTRAINED, PIXELS, SCRATCH)
    }
    trained: dict[int, list] = {count: [] for count in counts}
    pretrained = _extractor("imagenet")
    f_test = _features(pretrained, test.images)
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        untrained = _extractor(None)
        u_test = _features(untrained, test.images)
        all_photos = data.take_per_class(cifar.train, max(counts), seed)
        every = {
            PRETRAINED: (_features(pretrained, all_photos.images), f_test),
            UNTRAINED: (_features(untrained, all_photos.images), u_test),
            PIXELS: (_rows(all_photos.images), _rows(test.images)),
        }
        for count in counts:
            drawn = data.take_per_class(cifar.train, count, seed)
            picks = _positions(drawn.images, all_photos.images)
            for name, (f_train, f_new) in every.items():
                guesses = probe().fit(f_train[picks], drawn.labels).predict(f_new)
                right[name][count].append(guesses == test.labels)
            model, history = from_scratch(drawn, cifar.validation, seed)
            guesses = model.predict(test.images, verbose=0).argmax(axis=1)
            right[SCRATCH][count].append(guesses == test.labels)
            own = model.predict(drawn.images, verbose=0).argmax(axis=1)
            trained[count].append(
                {
                    "validation_accuracy": np.round(history["val_accuracy"], 3).tolist(),
                    "on_its_own_photos": round(float((own == drawn.labels).mean()), 3),
                }
            )
            print(f"seed {seed}, {count} labels per class: done", file=sys.stderr, flush=True)
    return {
        "measured_by": "python -m benchmarks.labels",
        "with": {name: version(name) for name in ("keras", "tensorflow", "scikit-learn")},
        "data": "the 3,000 training, 1,000 validation and 1,000 test photos of data.load_cifar10()",
        "seeds": seeds,
        "labels_per_class": list(counts),
        "test_accuracy": {
            name: {
                str(count): [round(float(np.mean(hits)), 4) for hits in by_count[count]]
                for count in counts
            }
            for name, by_count in right.items()
        },
        "steps_per_look": STEPS,
        "from_scratch": {str(count): runs for count, runs in trained.items()},
        "claims": [
            _claim(first, second, count, right) for first, second in CLAIMS for count in counts
        ],
    }


def from_scratch(
    drawn: data.Split, validation: data.Split, seed: int
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train until the validation accuracy stops rising; return the best state and the history."""
    keras.utils.set_random_seed(seed)
    model = small_network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    stream = drawn.to_dataset(min(16, len(drawn.labels)), shuffle=True, seed=seed).repeat()
    brakes = [
        keras.callbacks.ReduceLROnPlateau(
            "val_accuracy", factor=0.3, patience=PATIENCE // 2, mode="max"
        ),
        keras.callbacks.EarlyStopping(
            "val_accuracy", patience=PATIENCE, mode="max", restore_best_weights=True
        ),
    ]
    history = model.fit(
        stream,
        steps_per_epoch=STEPS,
        epochs=MOST_LOOKS,
        validation_data=tuple(validation),
        validation_batch_size=250,
        callbacks=brakes,
        shuffle=False,  # the stream is mixed already
        verbose=0,
    )
    return model, history.history


def probe() -> Pipeline:
    """Return an untrained linear probe: standardisation and logistic regression."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))


def _extractor(weights: str | None) -> keras.Model:
    backbone = backbones.load("embedded", input_size=96, weights=weights)
    photo = keras.Input((32, 32, 3))
    pixels = backbone.preprocessing(keras.layers.Resizing(96, 96)(photo))
    maps = backbone.model(pixels, training=False)
    model = keras.Model(photo, keras.layers.GlobalAveragePooling2D()(maps))
    finetuning.freeze(model)
    return model


def _features(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return finetuning.extract_features(model, images, progress=False)


def _rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)


def _positions(some: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return where each of `some` images stands in `among`; no image occurs twice."""
    where = {image.tobytes(): position for position, image in enumerate(among)}
    return np.array([where[image.tobytes()] for image in some])


def _claim(first: str, second: str, count: int, right: dict[str, dict[int, list]]) -> dict:
    """Compare two methods, seed by seed and photo by photo."""
    gains = np.array(right[first][count], float) - np.array(right[second][count], float)
    by_seed = gains.mean(axis=1)
    half = stats.t.ppf(0.975, len(by_seed) - 1) * stats.sem(by_seed)
    photos = evaluation.mean_interval(gains.mean(axis=0))
    return {
        "first": first,
        "second": second,
        "labels_per_class": count,
        "gain": round(float(by_seed.mean()), 4),
        "interval_over_seeds": [round(float(by_seed.mean() + side * half), 4) for side in (-1, 1)],
        "interval_over_photos": [round(end, 4) for end in photos],
    }


def _lines(result: dict) -> list[str]:
    lines = []
    for name, by_count in result["test_accuracy"].items():
        for count, values in by_count.items():
            lines.append(
                f"{name:<34} {count:>3} labels per class: test accuracy {np.mean(values):.3f} "
                f"({min(values):.3f} to {max(values):.3f})"
            )
    for claim in result["claims"]:
        ends = [
            "[{:+.3f}, {:+.3f}]".format(*claim[f"interval_over_{what}"])
            for what in ("seeds", "photos")
        ]
        lines.append(
            f"{claim['first']} − {claim['second']}, {claim['labels_per_class']} labels per class: "
            f"{claim['gain']:+.3f}, 95 % intervals {ends[0]} over seeds, {ends[1]} over photos"
        )
    return lines


def main() -> None:
    """Measure, keep the result as the asset of the lesson, and print it."""
    environment.start()
    result = measure()
    write_atomically(assets.FOLDER / ASSET, (json.dumps(result, indent=1) + "\n").encode())
    assets.refresh_manifest()
    print("\n".join(_lines(result)))


if __name__ == "__main__":
    main()
