"""What lesson 01 says about few labels, over draws: pretrained features against fair rivals.

Each seed is one draw of labelled photos, the same for all methods, one draw of initial weights and
one shuffling of θ. Every method's settings are chosen on the same validation part: the penalty of
the probes by the log loss and the course's rule, once for all draws; rate and weight decay of the
network from scratch by the accuracy after half of the budget, in the first draw. A second run with
twice as many steps shows whether the budget suffices. Results on the test photos had been seen
before, when the budgets turned out to be too small; so everything is measured a second time, with
the same settings, on photos of the training part that are in no draw. All of it takes about three
quarters of an hour of one core.
`python -m benchmarks labels` measures and prints; `python -m benchmarks.labels` also keeps the
result as the asset that the lesson reads (its entry in `PROVENANCE.md` then has to follow), and
`python -m benchmarks.labels --fresh` repeats only what is said about the fresh photos.
"""

import argparse
import itertools
import json
import sys
from importlib.metadata import version

import keras
import numpy as np
from scipy import stats
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from course_lib import assets, backbones, data, environment, feature_extraction
from course_lib.comparing import crossed_interval, verdict
from course_lib.plumbing import write_atomically
from course_lib.selection import simplest_within_one_error
from course_tools.authoring.lesson_code import definitions

# What is measured is what the learner reads: networks, recipes, candidates and budgets.
LESSON = definitions("01_pretrained_models")

SEEDS = LESSON.SEEDS
COUNTS = tuple(LESSON.COUNTS)
FIXED_PENALTY = 0.01  # for all inputs, set before any result was seen
FRESH = 100  # photos of each class that no draw holds
ASSET = "few_labels.json"

NAMES = "ImageNet's names, no label"
PRETRAINED, SHUFFLED = "pretrained features", "features of a shuffled θ"
PIXELS, SCRATCH = "pixels", "small network from scratch"
CLAIMS = [
    (PRETRAINED, SCRATCH), (PRETRAINED, SHUFFLED), (SHUFFLED, PIXELS), (SCRATCH, PIXELS),
    (PRETRAINED, NAMES), (NAMES, SCRATCH),
]  # fmt: skip


def run() -> list[str]:
    """Return one line for each method and number of labels, and one for each claim."""
    result = measure()
    return _lines(result | {"fresh": measure_fresh(result)})


@threadpool_limits.wrap(limits=1, user_api="blas")  # small matrices: threads would only wait
def measure(seeds: int = SEEDS, counts: tuple[int, ...] = COUNTS) -> dict:
    """Return accuracies on the test part, how each method was set, and the claims, as JSON."""
    cifar = data.load_cifar10()
    test = cifar.test.open_for("the benchmark of few labels")
    draws = _draws(cifar.train, seeds, counts)
    settings, trainings, guesses = _from_scratch(draws, cifar.validation, test)
    hits = {SCRATCH: {key: found == test.labels for key, found in guesses.items()}}
    fixed, penalties = {}, {}
    parts = {"validation": cifar.validation.images, "test": test.images}
    for name, of_seed in _inputs(parts, draws, seeds).items():
        fits = _Probes(name, of_seed, draws, cifar.validation.labels, test.labels)
        hits[name], penalties[name] = fits.chosen(counts, seeds)
        fixed[name] = fits.with_penalty(dict.fromkeys(counts, FIXED_PENALTY), seeds)
    named = _named(test.images) == test.labels
    hits[NAMES] = {key: named for key in draws}
    table = {name: _table(of_method, counts) for name, of_method in hits.items()}
    return {
        "measured_by": "python -m benchmarks.labels",
        "with": {name: version(name) for name in ("keras", "tensorflow", "scikit-learn")},
        "data": "the 3,000 training, 1,000 validation and 1,000 test photos of data.load_cifar10()",
        "seeds": seeds,
        "labels_per_class": list(counts),
        "test_accuracy": _means(table),
        "test_accuracy_with_fixed_penalty": _means(
            {name: _table(of_method, counts) for name, of_method in fixed.items()}
        ),
        "settings": {
            "validation_labels": len(cifar.validation.labels),
            "penalty_candidates": LESSON.PENALTIES,
            "fixed_penalty": FIXED_PENALTY,
            "penalties": {name: _by_count(chosen) for name, chosen in penalties.items()},
            "from_scratch": _by_count(settings),
        },
        "trainings": _by_count(trainings),
        "right": _all_packed(table),
        "comparisons": len(CLAIMS) * len(counts),
        "claims": _claims(table, counts),
    }


def _draws(train: data.Split, seeds: int, counts: tuple[int, ...]) -> dict:
    return {
        (count, seed): data.take_per_class(train, count, seed)
        for count in counts
        for seed in range(seeds)
    }


# -- fresh photos ----------------------------------------------------------------------------------


@threadpool_limits.wrap(limits=1, user_api="blas")
def measure_fresh(result: dict) -> dict:
    """Return accuracies and claims on fresh photos, with the settings that `result` has chosen.

    Networks and probes are the same ones, trained again; `validation_accuracy_differs_by` shows
    that the trainings repeat: it is 0 on the machine and with the versions of `result`.
    """
    cifar, counts = data.load_cifar10(), tuple(result["labels_per_class"])
    draws = _draws(cifar.train, result["seeds"], counts)
    fresh = _fresh_photos(cifar.train, draws)
    guesses, differs = {}, 0.0
    for count in counts:
        chosen, before = result["settings"]["from_scratch"][str(count)], result["trainings"]
        for seed, training in enumerate(before[str(count)]["each_draw"]):
            found = train(
                draws[count, seed],
                seed,
                chosen["steps"],
                chosen["rate"],
                chosen["weight_decay"],
                cifar.validation,
                fresh,
            )
            guesses[count, seed] = found["guesses"]
            change = abs(found["validation_accuracy"] - training["validation_accuracy"])
            differs = max(differs, round(change, 4))
            _say(f"from scratch again, {count} labels per class, seed {seed}: done")
    hits = {SCRATCH: {key: found == fresh.labels for key, found in guesses.items()}}
    for name, of_seed in _inputs({"test": fresh.images}, draws, result["seeds"]).items():
        fits = _Probes(name, of_seed, draws, cifar.validation.labels, fresh.labels)
        penalties = result["settings"]["penalties"][name]
        chosen = {count: penalties[str(count)] for count in counts}
        hits[name] = fits.with_penalty(chosen, result["seeds"])
    named = _named(fresh.images) == fresh.labels
    hits[NAMES] = {key: named for key in draws}
    table = {name: _table(of_method, counts) for name, of_method in hits.items()}
    return {
        "data": f"{len(fresh.labels):,} photos of the training part that are in no draw",
        "validation_accuracy_differs_by": differs,
        "accuracy": _means(table),
        "right": _all_packed(table),
        "claims": _claims(table, counts),
    }


def _fresh_photos(train: data.Split, draws: dict) -> data.Split:
    """Return FRESH photos of each class that are in none of `draws`."""
    drawn = {photo.tobytes() for of_draw in draws.values() for photo in of_draw.images}
    left = [photo.tobytes() not in drawn for photo in train.images]
    return data.take_per_class(data.Split(train.images[left], train.labels[left]), FRESH, seed=0)


# -- from scratch ----------------------------------------------------------------------------------


def train(
    drawn: data.Split,
    seed: int,
    steps: int,
    rate: float,
    decay: float,
    validation: data.Split,
    test: data.Split,
    *,
    watched: bool = False,
) -> dict:
    """Return what the lesson's network from scratch does after `steps` steps."""
    model, history = LESSON.train_from_scratch(
        drawn.images, drawn.labels, seed, steps, rate, decay, tuple(validation) if watched else None
    )

    def guesses(images: np.ndarray) -> np.ndarray:
        return model.predict(images, batch_size=250, verbose=0).argmax(axis=1)

    found = {
        "validation_accuracy": _share(guesses(validation.images) == validation.labels),
        "on_its_own_photos": _share(guesses(drawn.images) == drawn.labels),
        "guesses": guesses(test.images),
    }
    if watched:
        found["looks"] = np.round(history["val_accuracy"], 3).tolist()
    return found


def _share(right: np.ndarray) -> float:
    return round(float(right.mean()), 4)


def _from_scratch(
    draws: dict, validation: data.Split, test: data.Split
) -> tuple[dict[int, dict], dict[int, dict], dict[tuple[int, int], np.ndarray]]:
    """Return for each count the settings and the trainings, and the guesses of each draw."""
    settings, trainings, guesses = {}, {}, {}
    for count in dict.fromkeys(count for count, _ in draws):
        steps, parts = LESSON.BUDGETS[count], (validation, test)
        grid = {
            each: train(draws[count, 0], 0, steps // 2, *each, *parts)["validation_accuracy"]
            for each in itertools.product(LESSON.RATES, LESSON.DECAYS)
        }
        chosen = max(grid, key=lambda each: grid[each])
        settings[count] = {
            "rate": chosen[0],
            "weight_decay": chosen[1],
            "steps": steps,
            "candidates": [[*each, accuracy] for each, accuracy in grid.items()],
        }
        runs = []
        for seed in range(sum(of_count == count for of_count, _ in draws)):
            drawn = draws[count, seed]
            runs.append(train(drawn, seed, steps, *chosen, *parts, watched=seed == 0))
            guesses[count, seed] = runs[-1].pop("guesses")
            _say(f"from scratch, {count} labels per class, seed {seed}: done")
        longer = train(draws[count, 0], 0, 2 * steps, *chosen, *parts, watched=True)
        gains = (longer.pop("guesses") == test.labels) * 1.0 - (guesses[count, 0] == test.labels)
        half = stats.norm.ppf(0.975) * stats.sem(gains)
        longer["gain_on_test_photos"] = [
            round(float(gains.mean() + side * half), 4) for side in (0, -1, 1)
        ]
        trainings[count] = {"each_draw": runs, "first_draw_twice_as_long": longer}
    return settings, trainings, guesses


# -- linear probes ---------------------------------------------------------------------------------


class _Probes:
    """The linear probe on one kind of input, with a penalty for each number of labels."""

    def __init__(self, name, of_seed, draws, validation_labels, test_labels) -> None:
        self._name, self._of_seed, self._draws = name, of_seed, draws
        self._validation_labels, self._test_labels = validation_labels, test_labels
        self._fitted: dict[tuple, Pipeline] = {}

    def chosen(self, counts: tuple[int, ...], seeds: int) -> tuple[dict, dict]:
        """Return where each draw is right on the test part, and the penalty for each count."""
        penalties = {}
        for count in counts:
            losses = [
                np.mean([self._log_loss(count, seed, penalty) for seed in range(seeds)], axis=0)
                for penalty in LESSON.PENALTIES
            ]
            penalties[count] = LESSON.PENALTIES[simplest_within_one_error(losses)]
            _say(f"probe on {self._name}, {count} labels per class: C = {penalties[count]}")
        return self.with_penalty(penalties, seeds), penalties

    def with_penalty(self, penalties: dict[int, float], seeds: int) -> dict:
        """Return where each draw is right on the test part."""
        return {
            (count, seed): self._fit(count, seed, penalty).predict(self._of_seed[seed]["test"])
            == self._test_labels
            for count, penalty in penalties.items()
            for seed in range(seeds)
        }

    def _log_loss(self, count: int, seed: int, penalty: float) -> np.ndarray:
        probabilities = self._fit(count, seed, penalty).predict_proba(
            self._of_seed[seed]["validation"]
        )
        rows = np.arange(len(self._validation_labels))
        return -np.log(probabilities[rows, self._validation_labels].clip(min=1e-15))

    def _fit(self, count: int, seed: int, penalty: float) -> Pipeline:
        key = count, seed, penalty
        if key not in self._fitted:
            drawn, of_seed = self._draws[count, seed], self._of_seed[seed]
            picks = _positions(drawn.images, of_seed["photos"])
            self._fitted[key] = LESSON.probe(penalty).fit(of_seed["train"][picks], drawn.labels)
        return self._fitted[key]


def _inputs(
    parts: dict[str, np.ndarray], draws: dict, seeds: int
) -> dict[str, list[dict[str, np.ndarray]]]:
    """Return for each method, and each seed, what its probe sees of all parts and of the draws."""
    most = max(count for count, _ in draws)
    pretrained, found = LESSON.feature_extractor(), {PRETRAINED: [], SHUFFLED: [], PIXELS: []}
    shared = {
        name: {part: turn(images) for part, images in parts.items()}
        for name, turn in {PIXELS: LESSON.as_rows, PRETRAINED: _turn(pretrained)}.items()
    }
    for seed in range(seeds):
        photos = draws[most, seed].images
        turns = {
            PIXELS: LESSON.as_rows,
            PRETRAINED: _turn(pretrained),
            SHUFFLED: _turn(LESSON.feature_extractor(shuffle_seed=seed)),
        }
        for name, turn in turns.items():
            seen = shared.get(name) or {part: turn(images) for part, images in parts.items()}
            found[name].append({**seen, "photos": photos, "train": turn(photos)})
        _say(f"features of seed {seed}: done")
    return found


def _turn(model: keras.Model):
    return lambda images: feature_extraction.extract_features(model, images, progress=False)


def _named(images: np.ndarray) -> np.ndarray:
    """Return the class whose ImageNet names are the likeliest, for each photo; no label is used."""
    backbone = backbones.load("embedded", input_size=96, include_top=True)
    photo = keras.Input((32, 32, 3))
    pixels = backbone.preprocessing(keras.layers.Resizing(96, 96)(photo))
    model = keras.Model(photo, backbone.model(pixels, training=False))
    return LESSON.named(feature_extraction.extract_features(model, images, progress=False))


def _positions(some: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the position of each of `some` images in `among`; no image occurs twice."""
    where = {image.tobytes(): position for position, image in enumerate(among)}
    return np.array([where[image.tobytes()] for image in some])


# -- what is kept ----------------------------------------------------------------------------------


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _table(of_method: dict, counts: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Return for each count where each draw (row) was right on which photo (column)."""
    return {
        count: np.stack([row for (of_count, _), row in of_method.items() if of_count == count])
        for count in counts
    }


def _means(table: dict[str, dict[int, np.ndarray]]) -> dict[str, dict[str, list[float]]]:
    return {
        name: {
            str(count): np.round(rows.mean(axis=1), 4).tolist() for count, rows in rows_of.items()
        }
        for name, rows_of in table.items()
    }


def _by_count(of_count: dict) -> dict:
    return {str(count): value for count, value in of_count.items()}


def _all_packed(table: dict[str, dict[int, np.ndarray]]) -> dict[str, dict[str, list[str]]]:
    """Return for each draw which photos were named rightly, eight to a byte, as hex digits."""
    return {
        name: {
            str(count): [np.packbits(row).tobytes().hex() for row in rows]
            for count, rows in of_method.items()
        }
        for name, of_method in table.items()
    }


def _claims(table: dict, counts: tuple[int, ...]) -> list[dict]:
    comparisons = len(CLAIMS) * len(counts)
    return [
        _claim(table, first, second, count, comparisons)
        for first, second in CLAIMS
        for count in counts
    ]


def _claim(table: dict, first: str, second: str, count: int, comparisons: int) -> dict:
    """Compare two methods on the same draws; draws and test photos are both chance."""
    gains = table[first][count] * 1.0 - table[second][count]
    gain, alone = crossed_interval(gains)
    _, together = crossed_interval(gains, comparisons=comparisons)
    return {
        "first": first,
        "second": second,
        "labels_per_class": count,
        "draws": len(gains),
        "gain": round(gain, 4),
        "interval": [round(end, 4) for end in alone],
        "interval_of_all_together": [round(end, 4) for end in together],
        "verdict": str(verdict(together)),
    }


def _lines(result: dict) -> list[str]:
    lines = []
    for name, by_count in result["test_accuracy"].items():
        for count, values in by_count.items():
            lines.append(
                f"{name:<34} {count:>3} labels per class: test accuracy {np.mean(values):.3f} "
                f"({min(values):.3f} to {max(values):.3f})"
            )
    for claim, again in zip(result["claims"], result["fresh"]["claims"], strict=True):
        alone, together = (
            "[{:+.3f}, {:+.3f}]".format(*claim[which])
            for which in ("interval", "interval_of_all_together")
        )
        lines.append(
            f"{claim['first']} − {claim['second']}, {claim['labels_per_class']} labels per class: "
            f"{claim['gain']:+.3f}, 95 % interval over draws and photos {alone}, corrected for "
            f"{result['comparisons']} comparisons {together}: {claim['verdict']}; on fresh photos "
            f"{again['gain']:+.3f}: {again['verdict']}"
        )
    return lines


def main() -> None:
    """Measure, keep the result as the asset of the lesson, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.labels")
    parser.add_argument("--fresh", action="store_true", help="repeat the fresh photos only")
    only_fresh = parser.parse_args().fresh
    environment.start()
    result = json.loads(assets.path(ASSET).read_text("utf-8")) if only_fresh else measure()
    result["fresh"] = measure_fresh(result)
    write_atomically(assets.FOLDER / ASSET, (json.dumps(result, indent=1) + "\n").encode())
    assets.refresh_manifest()
    print("\n".join(_lines(result)))


if __name__ == "__main__":
    main()
