"""What lesson 04 says about Δθ, over several seeds: when it pays, how it bends, how small it is.

A film archive: the clean photos of CIFAR-10, their negatives, the same upside down, and both at
once. θ is the embedded network from block 10 on with a head that logistic regression found on clean
photos; the blocks before it stay frozen, so their output is computed once.

The photos are divided into three parts, each with a purpose of its own:

- the *pool* (2,000 photos of the training part): each seed draws 1,000 of them, in another order;
- the validation part (1,000 photos): every way of training gets its learning rate here, from the
  same list, with a draw from the pool that no seed uses (`Bench.choose`), and logistic regression
  its penalty. The number of candidates is recorded beside the choice;
- the *fresh* part (1,000 photos of the training part, never in the pool) is what everything is
  measured on. An earlier version of this benchmark measured on the test part, and lowered a
  learning rate after a look at it; so that part is not used here at all.

Besides the chosen rate each way is also measured with one that was fixed beforehand, and the most
important ones with twice as many epochs. Seeds and photos are both random: intervals cross the two
and are widened for the number of claims (`comparing.crossed_interval`).

Some rows were added after a first look at the results (graded gently, LoRA of other ranks, what
helps against forgetting, and two rivals that turned out strong: logistic regression on the features
of all blocks, and θ shown each photo in several ways), as were two more seeds for every row that
had had three; none was removed.

`python -m benchmarks delta` takes about an hour of one core; the results of a finished seed are
kept in the course's cache and not computed again. `python -m benchmarks.delta` copies the results
into the course's assets, for the lesson.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.delta_measures import effective_rank, relative_norms, truncate
from course_lib import (
    assets,
    backbones,
    comparing,
    data,
    delta,
    environment,
    feature_extraction,
    finetuning,
)
from course_lib.data import CIFAR10_CLASSES, Split
from course_lib.plumbing import cache_dir, write_atomically
from course_tools.authoring.lesson_code import definitions

SETTINGS = {
    "seeds": 5,
    "seeds_of_variants": 3,
    "tuning_draw": 100,
    "input_size": 96,
    "last_frozen": "block_9_add",
    "photos_per_class": 100,
    "fresh_photos_per_class": 100,
    "epochs": 4,
    "longer_epochs": 8,
    "batch_size": 32,
    "head_C": 0.01,
    # Logistic regression's candidates, and those of every way that takes steps.
    "Cs": [0.001, 0.003, 0.01, 0.03, 0.1],
    "rates": [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2],
    "first_rate": 5e-4,
    "graded_factor": 2.6,
    "ranks": [0, 1, 4, 16],
    "random_ranks": [4],
    "alphas": [-0.5, 0.5, 1.5, 2.0],
    "photos_of_curves": 500,
    "scales": [0.5, 0.7],
    "rehearsed_per_class": 10,
    "few_per_class": [10, 30],
    "shipped_rank": 16,
}
# What lesson 04 was taught with before any of this was measured.
FIXED_RATES = {
    "head only": 1e-3,
    "blocks 10 to 16": 2e-4,
    "blocks 10 to 16, graded": 5e-4,
    "blocks 10 to 16 and head": 2e-4,
    "last block": 2e-4,
    "LoRA, rank 4": 3e-3,
}
# With 2,000 features instead of 1,280 the best penalty of logistic regression is a stronger one.
CS_OF_ALL = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
# How strongly L2-SP pulls towards θ, and how much of a finished Δθ is kept: the candidates.
STRENGTHS, FIRST_STRENGTH = [1e-3, 1e-2, 1e-1, 1.0, 10.0], 1e-2
KEPT = [0.25, 0.5, 0.75, 1.0]
# 2.6 was proposed for a language model of three recurrent layers. Over seven blocks it makes the
# lowest rate 300 times smaller than the highest; this factor makes it 5 times smaller.
GENTLE_FACTOR = 1.3
RESULTS = "delta_results.json"
SHIPPED = "delta_upside_down_float16.npz"

# What is measured is what the learner reads: what happened to the photos, and which classes of
# ImageNet are things of CIFAR-10's classes.
_LESSON = definitions("04_fine_tuning")
SCENES: dict[str, Callable[[np.ndarray], np.ndarray]] = _LESSON.SCENES
IMAGENET_GROUPS: dict[str, list[int]] = _LESSON.GROUPS
TRAINED_ON = ("clean", "negative", "upside down")
# Ways to leave a photo what it is; what they change is the yardstick of forgetting.
HARMLESS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mirrored": lambda photos: photos[:, :, ::-1],
    "moved by a pixel": lambda photos: np.concatenate([photos[:, :, :1], photos[:, :, :-1]], 2),
}
TAIL, GRADED = "blocks 10 to 16", "blocks 10 to 16, graded"
GENTLY = "blocks 10 to 16, graded gently"
HEAD, BOTH = "head only", "blocks 10 to 16 and head"
REGRESSION, LP_FT = "logistic regression", "head first, then all"
ALL_BLOCKS = "logistic regression on all blocks"
# What needs no training: θ is shown a photo in several ways, and the surest answer counts.
SUREST = {
    "θ, surest of two": ("clean", "negative"),
    "θ, surest of four": ("clean", "negative", "upside down", "both"),
}
PULLED, PART_KEPT = "blocks 10 to 16, pulled to θ", "θ + α Δθ"
OF_BOTH = "negative and clean"


class Run(NamedTuple):
    """One training: which way, on what, and what differs from the other trainings of this way.

    Attributes:
        way: which numbers are trained, and how; see `prepare`.
        scene: what the photos show, or which recipe `photos_of` has for them.
        variant: "" for the chosen rate, "rate fixed beforehand", or "twice as long".
        tested: the scenes that it is measured on.
    """

    way: str
    scene: str
    variant: str = ""
    tested: tuple[str, ...] = ("negative", "clean")

    @property
    def name(self) -> str:
        """What the results call it."""
        return ", ".join(part for part in (self.way, self.variant, self.scene) if part)

    @property
    def seeds(self) -> range:
        """The seeds that it is measured with: fewer where another rate is only beside the point."""
        return range(SETTINGS["seeds_of_variants" if self.variant == FIXED else "seeds"])


FIXED, LONGER = "rate fixed beforehand", "twice as long"
REHEARSED = f"negative with {SETTINGS['rehearsed_per_class'] * 10} clean"
JOINT = "negative and upside down"
FEW = tuple(f"negative, {count} per class" for count in SETTINGS["few_per_class"])
FROZEN = [
    *(Run(REGRESSION, scene, tested=(scene, "clean")) for scene in TRAINED_ON),
    *(Run(HEAD, scene, tested=(scene, "clean")) for scene in TRAINED_ON),
    *(Run(REGRESSION, few) for few in FEW),
    *(Run(ALL_BLOCKS, scene, tested=(scene, "clean")) for scene in TRAINED_ON),
    *(Run(ALL_BLOCKS, few) for few in FEW),
    Run(REGRESSION, "negative", FIXED),
    Run(HEAD, "negative", FIXED),
    Run(HEAD, "negative", LONGER),
]
TRAININGS = [
    Run(TAIL, "negative", tested=tuple(SCENES)),
    Run(TAIL, "upside down", tested=tuple(SCENES)),
    Run(GRADED, "negative"),
    Run(GRADED, "negative", FIXED),
    Run(TAIL, "clean", tested=("clean",)),
    Run("last block", "negative"),
    Run("last block", "negative", FIXED),
    Run(TAIL, "negative", FIXED, tested=tuple(SCENES)),
    Run(TAIL, "negative", LONGER),
    Run(TAIL, REHEARSED),
    Run("LoRA, rank 4", "negative"),
    Run("LoRA, rank 4", "negative", FIXED),
    Run(BOTH, "negative"),
    Run(LP_FT, "negative"),
    Run(TAIL, JOINT, tested=tuple(SCENES)),
    *(Run(TAIL, few) for few in FEW),
    Run(GENTLY, "negative"),
    Run("LoRA, rank 1", "negative"),
    Run("LoRA, rank 16", "negative"),
    Run(PULLED, "negative"),
    Run(TAIL, "upside down", LONGER, tested=("upside down", "clean")),
    Run(TAIL, "clean", LONGER, tested=("clean",)),
]


def run() -> list[str]:
    """Return what was found, one line per result and claim; see `summarize`."""
    folder = cache_dir() / "delta" / hashlib.sha256(json.dumps(SETTINGS).encode()).hexdigest()[:16]
    threadpool_limits(1, "blas")  # the matrices are small: a second thread would only wait
    bench = Bench(folder)
    seeds = range(SETTINGS["seeds"])
    for seed in seeds:
        bench.measure_frozen(seed)
    for each in TRAININGS:
        for seed in each.seeds:
            bench.measure(seed, each)
        if each == TRAININGS[1]:  # both Δθ are there
            for seed in seeds:
                bench.measure_delta(seed)
                bench.measure_part(seed)
    results = summarize(bench)
    write_atomically(folder / RESULTS, (json.dumps(results, indent=1) + "\n").encode())
    if __name__ == "__main__":
        for name in (RESULTS, SHIPPED):
            write_atomically(assets.FOLDER / name, (folder / name).read_bytes())
        assets.refresh_manifest()
    return [json.dumps({name: value}) for name, value in results.items()]


class Falling(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that falls to 0 along a cosine; both numbers can be set, also after compiling."""

    def __init__(self) -> None:
        self.rate = keras.Variable(0.0, trainable=False)
        self.steps = keras.Variable(1.0, trainable=False)

    def get_config(self) -> dict:
        """Return nothing: such a rate is not stored."""
        return {}

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step."""
        done = keras.ops.minimum(keras.ops.cast(step, "float32") / self.steps, 1.0)
        return self.rate * 0.5 * (1.0 + keras.ops.cos(math.pi * done))


class Draw(NamedTuple):
    """What one seed trains on: which photos of the pool, their labels, and θ."""

    photos: np.ndarray
    labels: np.ndarray
    theta: delta.Parameters


class Bench:
    """The data, the network, and what each seed has found so far, kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cifar = data.load_cifar10()
        self.fresh, self.pool = fresh_and_pool(cifar.train)
        self.validation = cifar.validation
        size = SETTINGS["input_size"]
        self.backbone = backbones.load("embedded", input_size=size)
        whole = backbones.load("embedded", input_size=size, include_top=True).model
        self.imagenet_head = whole.layers[-1].get_weights()
        self.trainers: dict[str, keras.Model] = {}
        self.rates: dict[str, Falling] = {}
        self.strength = keras.Variable(0.0, trainable=False)
        self.starts: dict[str, delta.Parameters] = {}
        self.predictors: dict[str, keras.Model] = {}
        self.model = self.trainer(TAIL)
        self.network = delta.snapshot(self.model)
        self.fresh_maps = {scene: self.maps(self.fresh.images, scene) for scene in SCENES}
        self.pool_maps = {scene: self.maps(self.pool.images, scene) for scene in TRAINED_ON}
        self.pool_features = {s: self.features(maps) for s, maps in self.pool_maps.items()}
        self.pool_blocks = {s: self.of_all_blocks(maps) for s, maps in self.pool_maps.items()}
        self.draws: dict[int, Draw] = {}

    def maps(self, photos: np.ndarray, scene: str) -> np.ndarray:
        """Return the output of the last frozen block for photos of a scene."""
        photo = keras.Input((32, 32, 3))
        size = SETTINGS["input_size"]
        cut = self.backbone.model.get_layer(SETTINGS["last_frozen"]).output
        front = keras.Model(self.backbone.model.input, cut)
        pixels = self.backbone.preprocessing(keras.layers.Resizing(size, size)(photo))
        model = keras.Model(photo, front(pixels, training=False))
        changed = (SCENES | HARMLESS)[scene](photos)
        return feature_extraction.cached_features(model, changed, progress=False)

    def features(self, maps: np.ndarray, parameters=None) -> np.ndarray:
        """Return the pooled features of maps, with the network's own numbers or others."""
        delta.load(self.model, self.network if parameters is None else parameters)
        return self.predictors[TAIL].predict(maps, batch_size=250, verbose=0)[0]

    def of_all_blocks(self, maps: np.ndarray) -> np.ndarray:
        """Return what every block of the network gives out, averaged over positions, in one row."""
        delta.load(self.model, self.network)
        inner = [each for each in self.model.layers[1:] if each.name.startswith("block_")]
        last = {layer_block(layer.name): layer for layer in inner}  # of each block
        pool = keras.layers.GlobalAveragePooling2D()
        outputs = [pool(layer.output) for layer in last.values()]
        model = keras.Model(self.model.input, [*outputs, self.model.get_layer("head").input])
        found = model.predict(maps, batch_size=250, verbose=0)
        return np.concatenate([maps.mean(axis=(1, 2)), *found], axis=1)

    def draw(self, seed: int) -> Draw:
        """Return the photos that a seed trains on, and the θ that it starts from."""
        if seed not in self.draws:
            chosen = drawn(self.pool.labels, SETTINGS["photos_per_class"], seed)
            labels = self.pool.labels[chosen]
            head = fitted_head(self.pool_features["clean"][chosen], labels, SETTINGS["head_C"])
            named = {"head/kernel": head[0], "head/bias": head[1]}
            self.draws[seed] = Draw(chosen, labels, delta.Parameters({**self.network, **named}))
        return self.draws[seed]

    def photos_of(self, seed: int, scene: str) -> tuple[list[tuple[str, np.ndarray]], np.ndarray]:
        """Return which photos of the pool are shown as which scene, and all their labels."""
        photos = self.draw(seed).photos
        parts = [(scene, photos)]
        if scene == REHEARSED:
            few = drawn(self.pool.labels[photos], SETTINGS["rehearsed_per_class"], seed)
            parts = [("negative", photos), ("clean", photos[few])]
        elif scene == JOINT:
            parts = [("negative", photos), ("upside down", photos)]
        elif scene in FEW:
            count = SETTINGS["few_per_class"][FEW.index(scene)]
            parts = [("negative", photos[drawn(self.pool.labels[photos], count, seed)])]
        return parts, np.concatenate([self.pool.labels[chosen] for _, chosen in parts])

    # -- training ----------------------------------------------------------------------------------

    def trainer(self, way: str) -> keras.Model:
        """Return the model that is trained in one way, compiled once."""
        if way not in self.trainers:
            model = classifier(self.backbone.model, way)
            self.rates[way] = Falling()
            model.compile(prepare(model, way, self.rates[way]), LOSS)
            if way == PULLED:
                for variable in model.trainable_variables:
                    variable.regularizer = Pull(variable, self.strength)
            self.trainers[way], self.starts[way] = model, delta.snapshot(model)
            self.predictors[way] = with_features(model)
        return self.trainers[way]

    def trained(self, seed: int, way: str, scene: str, rate: float, epochs: int) -> keras.Model:
        """Return the classifier (for "head only": the head) after training from θ."""
        parts, labels = self.photos_of(seed, scene)
        theta = self.draw(seed).theta
        if way == LP_FT:
            way = BOTH
            c = self.best_C(REGRESSION, scene)
            head = fitted_head(self.some(self.pool_features, parts), labels, c)
            theta = delta.Parameters({**theta, "head/kernel": head[0], "head/bias": head[1]})
        keras.utils.set_random_seed(seed)
        model = self.trainer(way)
        start = {**self.starts[way], **theta}
        delta.load(model, {name: start[name] for name in self.starts[way]})
        for variable in model.trainable_variables:
            if variable.name == "lora_kernel_a":
                variable.assign(keras.initializers.HeUniform()(variable.shape))
        for variable in model.optimizer.variables:  # of the training before
            variable.assign(keras.ops.zeros_like(variable))
        # With few photos, more epochs: as many steps as with all of them.
        all_photos = len(CIFAR10_CLASSES) * SETTINGS["photos_per_class"]
        steps = math.ceil(len(labels) / SETTINGS["batch_size"])
        epochs = math.ceil(epochs * max(1, all_photos / len(labels)))
        self.rates[way].rate.assign(rate)
        self.rates[way].steps.assign(float(steps * epochs))
        inputs = self.some(self.pool_features if way == HEAD else self.pool_maps, parts)
        model.fit(inputs, labels, epochs=epochs, batch_size=SETTINGS["batch_size"], verbose=0)
        return model

    @staticmethod
    def some(kept: dict[str, np.ndarray], parts) -> np.ndarray:
        """Return maps or features of the pool's photos that `photos_of` names."""
        return np.concatenate([kept[scene][chosen] for scene, chosen in parts])

    # -- choosing on the validation part -----------------------------------------------------------

    def choose(self, way: str, scene: str) -> dict:
        """Return {"tried": {rate: accuracy on the validation part}, "chosen": rate}.

        Up from the first rate until it gets worse, or else down: the same list and the same rule
        for every way.
        """
        if kept := self.found("choice", way, scene):
            return kept
        maps = self.maps(self.validation.images, scene)
        if way == HEAD:
            maps = self.features(maps)
        tried: dict[float, float] = {}

        def accuracy(rate: float) -> float:
            self.trained(SETTINGS["tuning_draw"], way, scene, rate, SETTINGS["epochs"])
            tried[rate] = self.validation_accuracy(way, maps)
            return tried[rate]

        chosen = climb(SETTINGS["rates"], SETTINGS["first_rate"], accuracy)
        return self.keep_choice(way, scene, tried, chosen)

    def best_C(self, way: str, scene: str) -> float:
        """Return the penalty of logistic regression that the validation part likes best."""
        if kept := self.found("choice", way, scene):
            return kept["chosen"]
        parts, labels = self.photos_of(SETTINGS["tuning_draw"], scene)
        shown = self.maps(self.validation.images, "negative" if scene in FEW else scene)
        of_photos, kept = self.inputs_of(way)
        tested, features = of_photos(shown), self.some(kept, parts)
        tried = {}
        for penalty in SETTINGS["Cs"] if way == REGRESSION else CS_OF_ALL:
            guesses = guessed(tested, fitted_head(features, labels, penalty))
            tried[penalty] = float(np.mean(guesses == self.validation.labels))
        return self.keep_choice(way, scene, tried, max(tried, key=tried.get))["chosen"]

    def inputs_of(self, way: str) -> tuple[Callable[[np.ndarray], np.ndarray], dict]:
        """Return maps -> what a head is fitted to, and that of the pool's photos."""
        if way == ALL_BLOCKS:
            return self.of_all_blocks, self.pool_blocks
        return self.features, self.pool_features

    def rate(self, each: Run) -> float:
        """Return the learning rate of a training: chosen, or fixed beforehand.

        What only shows other photos, begins with another head, or is pulled back to θ, takes the
        rate of its way.
        """
        if each.variant == FIXED:
            return FIXED_RATES[each.way]
        if each.way in (HEAD, TAIL) and each.scene in TRAINED_ON:
            return self.choose(each.way, each.scene)["chosen"]
        way = {LP_FT: BOTH, PULLED: TAIL}.get(each.way, each.way)
        return self.choose(way, "negative")["chosen"]

    def choose_strength(self) -> dict:
        """Return what `choose` returns, for the strength of the pull towards θ.

        A remedy for forgetting has two aims, so the mean of the accuracies on negatives and on
        clean photos decides; so it does in `choose_part`.
        """
        if kept := self.found("choice", PULLED, OF_BOTH):
            return kept
        tried: dict[float, float] = {}

        def accuracy(strength: float) -> float:
            self.strength.assign(strength)
            rate = self.rate(Run(PULLED, "negative"))
            self.trained(SETTINGS["tuning_draw"], PULLED, "negative", rate, SETTINGS["epochs"])
            tried[strength] = self.accuracy_of_both(PULLED)
            return tried[strength]

        chosen = climb(STRENGTHS, FIRST_STRENGTH, accuracy)
        return self.keep_choice(PULLED, OF_BOTH, tried, chosen)

    def choose_part(self) -> dict:
        """Return what `choose` returns, for how much of a finished Δθ is kept."""
        if kept := self.found("choice", PART_KEPT, OF_BOTH):
            return kept
        draw, rate = SETTINGS["tuning_draw"], self.choose(TAIL, "negative")["chosen"]
        change = delta.snapshot(self.trained(draw, TAIL, "negative", rate, SETTINGS["epochs"]))
        change -= self.draw(draw).theta
        tried = {}
        for part in KEPT:
            delta.load(self.model, self.draw(draw).theta + part * change)
            tried[part] = self.accuracy_of_both(TAIL)
        return self.keep_choice(PART_KEPT, OF_BOTH, tried, max(tried, key=tried.get))

    def validation_accuracy(self, way: str, inputs: np.ndarray) -> float:
        """Return the accuracy of a model on the validation photos, given as maps or features."""
        scores = self.predictors[way].predict(inputs, batch_size=250, verbose=0)[1]
        return float(np.mean(scores.argmax(axis=1) == self.validation.labels))

    def accuracy_of_both(self, way: str) -> float:
        """Return the mean of a model's accuracies on negative and clean validation photos."""
        scenes = ("negative", "clean")
        both = [self.maps(self.validation.images, scene) for scene in scenes]
        return float(np.mean([self.validation_accuracy(way, maps) for maps in both]))

    def keep_choice(self, way: str, scene: str, tried: dict[float, float], chosen: float) -> dict:
        """Write down the accuracy of each candidate and what was chosen, and return it."""
        accuracies = {f"{value:g}": tried[value] for value in sorted(tried)}
        return self.keep("choice", way, scene, {"tried": accuracies, "chosen": chosen})

    # -- measuring on the fresh part ---------------------------------------------------------------

    def measure_frozen(self, seed: int) -> None:
        """Note what θ can do, and what heads on its features can, fitted or trained as long."""
        missing = [e for e in FROZEN if seed in e.seeds and self.found(seed, e.name) is None]
        if not missing and self.found(seed, [*SUREST][-1]) is not None:
            return
        tested = {scene: self.features(maps) for scene, maps in self.fresh_maps.items()}
        theta = self.draw(seed).theta
        head = theta["head/kernel"], theta["head/bias"]
        right = {scene: self.right(guessed(tested[scene], head)) for scene in SCENES}
        self.keep(seed, "θ", "", right | {"imagenet": self.imagenet_answers(tested["clean"])})
        for name, ways in SUREST.items():
            # To negate and to turn a photo leads from each of these ways to another one, so
            # all of them have the same answers.
            right = self.right(surest([tested[scene] @ head[0] + head[1] for scene in ways]))
            self.keep(seed, name, "", dict.fromkeys(ways, right))
        for each in missing:
            if each.way in (REGRESSION, ALL_BLOCKS):
                parts, labels = self.photos_of(seed, each.scene)
                c = (
                    SETTINGS["head_C"]
                    if each.variant == FIXED
                    else self.best_C(each.way, each.scene)
                )
                of_photos, kept = self.inputs_of(each.way)
                head = fitted_head(self.some(kept, parts), labels, c)
                shown = {scene: of_photos(self.fresh_maps[scene]) for scene in each.tested}
            else:
                epochs = SETTINGS["longer_epochs" if each.variant == LONGER else "epochs"]
                trained = self.trained(seed, HEAD, each.scene, self.rate(each), epochs)
                head, shown = trained.get_weights(), tested
            right = {scene: self.right(guessed(shown[scene], head)) for scene in each.tested}
            self.keep(seed, each.name, "", right)

    def measure(self, seed: int, each: Run) -> None:
        """Train, and note which fresh photos are then right; keep the Δθ of `TAIL`."""
        if self.found(seed, each.name) is not None:
            return
        rate = self.rate(each)
        with_chosen = each._replace(variant="")
        if each.variant == FIXED and with_chosen in TRAININGS and rate == self.rate(with_chosen):
            self.keep(seed, each.name, "", self.found(seed, with_chosen.name))
            return
        epochs = SETTINGS["longer_epochs" if each.variant == LONGER else "epochs"]
        if each.way == PULLED:
            self.strength.assign(self.choose_strength()["chosen"])
        model = self.trained(seed, each.way, each.scene, rate, epochs)
        outcome = self.outcome(BOTH if each.way == LP_FT else each.way, each.tested)
        if each.way == TAIL and not each.variant:
            arrays = delta.snapshot(model) - self.draw(seed).theta
            self.folder.mkdir(parents=True, exist_ok=True)
            np.savez(self.folder / f"{seed} {each.scene}.npz", **arrays)
        self.keep(seed, each.name, "", outcome)

    def outcome(self, way: str, scenes: Sequence[str]) -> dict[str, list]:
        """Return for each scene which photos are right, and what ImageNet's head says of clean."""
        predictor, found = self.predictors[way], {}
        for scene in scenes:
            maps = self.fresh_maps[scene]
            features, scores = predictor.predict(maps, batch_size=250, verbose=0)
            found[scene] = self.right(scores.argmax(axis=1))
            if scene == "clean":
                found["imagenet"] = self.imagenet_answers(features)
        return found

    def right(self, guesses: np.ndarray) -> list[int]:
        """Return for each fresh photo 1 when the guess is right, else 0."""
        return (guesses == self.fresh.labels).astype(int).tolist()

    def imagenet_answers(self, features: np.ndarray) -> dict[str, list[int]]:
        """Return which of ImageNet's 1,000 classes the network's first head names.

        And, by group of such classes, whether that is right: the best of all classes that are in a
        group, for every photo whose class has one.
        """
        kernel, bias = self.imagenet_head
        scores = features @ kernel + bias
        names = np.array([CIFAR10_CLASSES.index(n) for n, g in IMAGENET_GROUPS.items() for _ in g])
        classes = np.concatenate(list(IMAGENET_GROUPS.values()))
        best = names[scores[:, classes].argmax(axis=1)]
        grouped = np.isin(self.fresh.labels, names)
        return {
            "answers": scores.argmax(axis=1).tolist(),
            "right": (best == self.fresh.labels)[grouped].astype(int).tolist(),
        }

    def delta_of(self, seed: int, scene: str) -> delta.Parameters:
        """Return the Δθ that a seed has found for a scene."""
        with np.load(self.folder / f"{seed} {scene}.npz") as stored:
            return delta.Parameters({name: stored[name] for name in stored.files})

    def measure_delta(self, seed: int) -> None:
        """Walk along Δθ, cut its rank, add two of them, and see what the old head says."""
        if self.found(seed, "Δθ") is not None:
            return
        theta = self.draw(seed).theta
        negative, upside_down = self.delta_of(seed, "negative"), self.delta_of(seed, "upside down")
        for scale in SETTINGS["scales"]:
            self.keep(seed, f"sum × {scale}", "", self.at(theta + scale * (negative + upside_down)))
        random = np.random.default_rng(seed)
        noise = noise_like(negative, random)
        for name, parameters in (("half", theta + 0.5 * negative), ("noise", theta + noise)):
            self.keep(seed, f"θ + {name}", "", self.at(parameters, ("negative", "clean")))
        for rank in SETTINGS["ranks"]:
            cut = truncate(negative, rank)
            self.keep(seed, f"rank {rank}", "", self.at(theta + cut, ("negative",)))
        for rank in SETTINGS["random_ranks"]:
            cut = onto_random_directions(negative, rank, random)
            self.keep(seed, f"rank {rank}, random", "", self.at(theta + cut, ("negative",)))
        if seed == 0:
            delta.save(self.folder / SHIPPED, upside_down, SETTINGS["shipped_rank"])
        shipped = truncate(upside_down, SETTINGS["shipped_rank"])
        self.keep(seed, "shipped", "", self.at(theta + shipped, ("upside down",)))
        other = (seed + 1) % SETTINGS["seeds"]
        midpoint = 0.5 * (theta + negative) + 0.5 * (
            self.draw(other).theta + self.delta_of(other, "negative")
        )
        self.keep(seed, "midpoint of two draws", "", self.at(midpoint, ("negative",)))
        self.keep(seed, "Δθ", "", self.geometry(theta, negative, upside_down, noise))

    def measure_part(self, seed: int) -> None:
        """Measure θ with that part of its Δθ that the validation part likes best."""
        if self.found(seed, PART_KEPT) is None:
            part = self.choose_part()["chosen"] * self.delta_of(seed, "negative")
            at_part = self.at(self.draw(seed).theta + part, ("negative", "clean"))
            self.keep(seed, PART_KEPT, "", at_part)

    def at(self, parameters, scenes: Sequence[str] = tuple(SCENES)) -> dict[str, list]:
        """Return `outcome` of the classifier with these numbers."""
        delta.load(self.model, parameters)
        return self.outcome(TAIL, scenes)

    def geometry(self, theta, negative, upside_down, noise) -> dict:
        """Return what is measured of Δθ itself, and the accuracies on the line through it."""
        count = SETTINGS["photos_of_curves"]
        walk = {}
        for alpha in SETTINGS["alphas"]:
            delta.load(self.model, theta + alpha * negative)
            walk[alpha] = {}
            for scene in ("negative", "clean"):
                maps = self.fresh_maps[scene][:count]
                scores = self.predictors[TAIL].predict(maps, batch_size=250, verbose=0)[1]
                right = scores.argmax(axis=1) == self.fresh.labels[:count]
                walk[alpha][scene] = round(float(np.mean(right)), 4)
        matrices = [n for n, a in negative.items() if a.any() and delta.as_matrix(a).shape[1] > 1]
        return {
            "walk": walk,
            "relative norms": relative_norms(negative, theta),
            "effective ranks": {
                name: [round(effective_rank(each[name]), 1) for each in (theta, negative, noise)]
                for name in matrices
            },
            "cosine": cosine(negative, upside_down),
            "where": overlap(negative, upside_down),
        }

    # -- what is kept ------------------------------------------------------------------------------

    def found(self, *key: object) -> dict | None:
        """Return what `keep` has kept."""
        path = self.folder / f"{' '.join(map(str, key)).strip()}.json"
        return json.loads(path.read_text()) if path.is_file() else None

    def keep(self, seed: object, name: str, scene: str, outcome: dict) -> dict:
        """Write down what one training or choice has found, and return it."""
        path = self.folder / f"{seed} {name} {scene}".strip()
        write_atomically(path.with_name(path.name + ".json"), json.dumps(outcome).encode())
        return outcome


# -- models and heads ------------------------------------------------------------------------------

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def classifier(network: keras.Model, way: str) -> keras.Model:
    """Return a new classifier: maps of the last frozen block, or features -> ten scores."""
    if way == HEAD:
        features = keras.Input(network.output.shape[-1:])
        return keras.Model(features, keras.layers.Dense(10, name="head")(features))
    cut = network.get_layer(SETTINGS["last_frozen"]).output
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(network.output)
    linked = keras.Model(cut, keras.layers.Dense(10, name="head")(pooled))
    copy = keras.models.clone_model(linked)
    copy.set_weights(linked.get_weights())
    return copy


def with_features(model: keras.Model) -> keras.Model:
    """Return a model with the same layers that gives the pooled features and the scores."""
    return keras.Model(model.input, [model.get_layer("head").input, model.output])


def fitted_head(features: np.ndarray, labels: np.ndarray, c: float) -> tuple[np.ndarray, ...]:
    """Return (kernel, bias) of logistic regression on pooled features."""
    scaler = StandardScaler()
    regression = LogisticRegression(C=c, max_iter=1000)
    make_pipeline(scaler, regression).fit(features, labels)
    # Standardizing is linear, so it can be folded into the weights.
    kernel = (regression.coef_ / scaler.scale_).T
    return np.float32(kernel), np.float32(regression.intercept_ - scaler.mean_ @ kernel)


def guessed(features: np.ndarray, head: Sequence[np.ndarray]) -> np.ndarray:
    """Return the class that a head (kernel, bias) names for each row of features."""
    return (features @ head[0] + head[1]).argmax(axis=1)


def surest(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return for each photo the class of the highest probability that any of `scores` gives."""
    odds = np.stack(scores)  # (ways, photos, classes)
    odds = np.exp(odds - odds.max(axis=2, keepdims=True))
    return (odds / odds.sum(axis=2, keepdims=True)).max(axis=0).argmax(axis=1)


def _is_trained(layer: keras.Layer, way: str) -> bool:
    if way == "last block":
        return layer_block(layer.name) >= 16
    return type(layer) is keras.layers.Conv2D if "LoRA" in way else True


def prepare(model: keras.Model, way: str, rate: Falling) -> keras.optimizers.Optimizer:
    """Set the flags of `model` for a way of training, and return its optimizer."""
    for layer in model.layers:
        layer.trainable = _is_trained(layer, way)
    model.get_layer("head").trainable = way in (HEAD, BOTH)
    finetuning.keep_batch_normalization_frozen(model)
    if "LoRA" in way:
        for layer in model.layers:
            if layer.trainable and layer.weights:
                layer.enable_lora(int(way.split()[-1]))
    if "graded" in way:
        factor = GENTLE_FACTOR if way == GENTLY else SETTINGS["graded_factor"]
        factors = {layer.name: factor ** (layer_block(layer.name) - 16) for layer in model.layers}
        return finetuning.LayerwiseAdam(rate, factors)
    return keras.optimizers.Adam(rate)


class Pull(keras.regularizers.Regularizer):
    """L2-SP: half the squared distance from where training starts, times a strength.

    Source: Li, Grandvalet and Davoine, "Explicit inductive bias for transfer learning with
    convolutional networks" (ICML 2018), whose "starting point" is θ.
    """

    def __init__(self, start: keras.Variable, strength: keras.Variable) -> None:
        self.start, self.strength = keras.ops.copy(start.value), strength

    def __call__(self, variable: Any) -> Any:
        """Return the penalty for one variable."""
        return self.strength / 2 * keras.ops.sum(keras.ops.square(variable - self.start))


def layer_block(name: str) -> int:
    """Return the number of a layer's block; what stands behind block 16 counts as 16."""
    return int(name.split("_")[1]) if name.startswith("block_") else 16


# -- photos and choices ----------------------------------------------------------------------------


def fresh_and_pool(split: Split) -> tuple[Split, Split]:
    """Return two parts of the training photos: what is measured on, and what is trained on."""
    fresh = drawn(split.labels, SETTINGS["fresh_photos_per_class"], SETTINGS["tuning_draw"])
    pool = np.setdiff1d(np.arange(len(split.labels)), fresh)
    return tuple(Split(split.images[part], split.labels[part]) for part in (fresh, pool))


def drawn(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return positions of `count` examples of each class, in a random order."""
    random = np.random.default_rng(seed)
    chosen = [random.permutation(np.flatnonzero(labels == c))[:count] for c in np.unique(labels)]
    return random.permutation(np.concatenate(chosen))


def climb(values: Sequence[float], first: float, measure: Callable[[float], float]) -> float:
    """Return the best of ascending values, going up from the first one, or else down.

    It stops at the first value that is no better than the one before.
    """
    start = values.index(first)
    best, height = start, measure(first)
    for step in (1, -1):
        while 0 <= best + step < len(values):
            if (next_height := measure(values[best + step])) <= height:
                break
            best, height = best + step, next_height
        if best != start:
            break
    return values[best]


# -- Δθ as a thing ---------------------------------------------------------------------------------


def noise_like(change, random: np.random.Generator) -> delta.Parameters:
    """Return random numbers with the length that each array of Δθ has."""
    noise = {}
    for name, array in change.items():
        direction = random.normal(size=array.shape)
        noise[name] = direction * (np.linalg.norm(array) / np.linalg.norm(direction))
    return delta.Parameters(noise)


def onto_random_directions(change, rank: int, random: np.random.Generator) -> delta.Parameters:
    """Return Δθ with every matrix cut to random directions, not to the strongest ones.

    What is left of each matrix is stretched to the length that the strongest ones would have.
    """
    cut = {}
    for name, strongest in truncate(change, rank).items():
        matrix = delta.as_matrix(change[name])
        if matrix.shape[1] == 1:
            cut[name] = strongest
            continue
        basis = np.linalg.qr(random.normal(size=(matrix.shape[1], rank)))[0]
        left = (matrix @ basis @ basis.T).reshape(change[name].shape)
        length = np.linalg.norm(left)
        cut[name] = left * (np.linalg.norm(strongest) / length) if length else left
    return delta.Parameters(cut)


def cosine(one, other) -> float:
    """Return the cosine of the angle between two Δθ."""
    product = sum(float(np.sum(one[name] * other[name])) for name in one)
    return product / (delta.norm(one) * delta.norm(other))


def overlap(one, other) -> dict[str, float]:
    """Return in how far two Δθ do their work in the same places.

    "numbers": the share of the first one's squared length that lies on those half of its numbers
    where the other one is larger; 0.5 when they have nothing to do with each other, 0 when they
    keep to different places. "layers": the correlation of the layers' squared lengths.
    """
    names = [name for name in one if np.any(one[name])]
    first, second = (np.concatenate([np.ravel(x[n]) for n in names]) for x in (one, other))
    larger = np.abs(second) > np.median(np.abs(second))
    squares = [[float(np.sum(np.square(each[n]))) for n in names] for each in (one, other)]
    return {
        "numbers": float(np.sum(first[larger] ** 2) / np.sum(first**2)),
        "layers": float(np.corrcoef(squares)[0, 1]),
    }


# -- results -------------------------------------------------------------------------------------


def all_runs() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of everything whose right answers are kept, and the scenes tested."""
    yield "θ", tuple(SCENES)
    yield from SUREST.items()
    for each in [*FROZEN, *TRAININGS]:
        yield each.name, each.tested
    for scale in SETTINGS["scales"]:
        yield f"sum × {scale}", tuple(SCENES)
    for name in ("θ + half", "θ + noise", PART_KEPT):
        yield name, ("negative", "clean")
    for rank in SETTINGS["ranks"]:
        yield f"rank {rank}", ("negative",)
    for rank in SETTINGS["random_ranks"]:
        yield f"rank {rank}, random", ("negative",)
    yield "shipped", ("upside down",)
    yield "midpoint of two draws", ("negative",)


def summarize(bench: Bench) -> dict:
    """Return accuracies with their range over seeds, and paired differences with intervals."""
    seeds = range(SETTINGS["seeds"])

    def answers(name: str, *keys: str) -> np.ndarray:
        """Which photos are right, (seeds, photos)."""
        found = [bench.found(seed, name) for seed in seeds]
        found = [each for each in found if each is not None]
        for key in keys:
            found = [each[key] for each in found]
        return np.array(found)

    accuracy, imagenet, groups = {}, {}, {}
    before = answers("θ", "imagenet", "answers")
    for name, tested in all_runs():
        accuracy[name] = {s: spread(answers(name, s).mean(axis=1)) for s in tested}
        if "imagenet" in bench.found(0, name):
            now = answers(name, "imagenet", "answers")
            same = now == before[: len(now)]
            imagenet[name] = spread(same.mean(axis=1))
            groups[name] = spread(answers(name, "imagenet", "right").mean(axis=1))
    for name in HARMLESS:
        found = bench.imagenet_answers(bench.features(bench.maps(bench.fresh.images, name)))
        imagenet[f"θ, {name}"] = spread([np.mean(found["answers"] == before[0])])
        groups[f"θ, {name}"] = spread([np.mean(found["right"])])
    claims = {}
    for claim, first, second in CLAIMS:
        one, other = (answers(*keys).astype(float) for keys in (first, second))
        count = min(len(one), len(other))  # the seeds that both were measured with
        gains = one[:count] - other[:count]
        mean, interval = comparing.crossed_interval(gains, comparisons=len(CLAIMS))
        claims[claim] = spread(gains.mean(axis=1)) | {
            "interval": [round(end, 4) for end in interval],
            "verdict": str(comparing.verdict(interval)),
        }
    found = [bench.found(seed, "Δθ") for seed in seeds]
    return {
        "settings": SETTINGS | {"rates fixed beforehand": FIXED_RATES},
        "versions": environment.versions(),
        "photos": {
            "pool": len(bench.pool.labels),
            "validation": len(bench.validation.labels),
            "fresh": len(bench.fresh.labels),
            "in groups": len(bench.found(0, "θ")["imagenet"]["right"]),
        },
        "choices": choices(bench),
        "accuracy": accuracy,
        "same answer in ImageNet's classes": imagenet,
        "right by groups of ImageNet's classes": groups,
        "claims": claims,
        "delta": {name: [each[name] for each in found] for name in found[0]},
    }


def spread(values: Any) -> dict:
    """Return the mean of numbers and each of them, rounded."""
    values = np.asarray(values, dtype=float)
    return {"mean": round(float(values.mean()), 4), "each seed": values.round(4).tolist()}


def choices(bench: Bench) -> dict[str, dict]:
    """Return what was tried for each way on the validation part, and what was chosen."""
    fitted = (REGRESSION, ALL_BLOCKS)
    wanted = dict.fromkeys(
        (
            BOTH if each.way == LP_FT else each.way,
            each.scene if each.way in fitted or each.scene in TRAINED_ON else "negative",
        )
        for each in [*FROZEN, *TRAININGS]
        if each.way != PULLED
    ) | dict.fromkeys([(PULLED, OF_BOTH), (PART_KEPT, OF_BOTH)])
    return {f"{way}, {scene}": bench.found("choice", way, scene) for way, scene in wanted}


def _against(first: Run, second: str, scene: str) -> tuple:
    """Return a claim (name, keys of the first, keys of the second)."""
    ways = ", ".join(part for part in (first.way, first.variant) if part)
    return f"{ways} − {second}, {scene}", (first.name, scene), (f"{second}, {scene}", scene)


_ALONE = {"negatives": f"{TAIL}, negative", "upside down": f"{TAIL}, upside down"}
# (claim: first minus second, keys of the first, keys of the second)
CLAIMS = [
    *(
        _against(Run(TAIL, scene), control, scene)
        for scene in TRAINED_ON
        for control in (HEAD, REGRESSION, ALL_BLOCKS)
    ),
    *(_against(Run(TAIL, scene, LONGER), ALL_BLOCKS, scene) for scene in TRAINED_ON),
    *(
        (f"{TAIL} − θ, photo turned back, {scene}", (f"{TAIL}, {scene}", scene), ("θ", "clean"))
        for scene in TRAINED_ON[1:]
    ),
    (f"{TAIL} − {TAIL}, photos turned back before training, negative",
     (f"{TAIL}, negative", "negative"), (f"{TAIL}, clean", "clean")),
    *(
        (f"{TAIL} on {scene} − θ, surest of two, on {on}", (f"{TAIL}, {scene}", on),
         ("θ, surest of two", on))
        for scene in ("negative", REHEARSED) for on in ("negative", "clean")
    ),
    *(
        _against(Run(way, "negative", variant), TAIL, "negative")
        for way, variant in (
            (GRADED, ""),
            (GENTLY, ""),
            (BOTH, ""),
            ("last block", ""),
            ("LoRA, rank 1", ""),
            ("LoRA, rank 4", ""),
            ("LoRA, rank 16", ""),
            (TAIL, LONGER),
            (LP_FT, ""),
        )
    ),
    _against(Run("last block", "negative"), REGRESSION, "negative"),
    _against(Run(HEAD, "negative", LONGER), HEAD, "negative"),
    (f"{TAIL} − {HEAD}, both {LONGER}, negative",
     (f"{TAIL}, {LONGER}, negative", "negative"), (f"{HEAD}, {LONGER}, negative", "negative")),
    (f"{TAIL} − {REGRESSION}, both {FIXED}, negative",
     (f"{TAIL}, {FIXED}, negative", "negative"), (f"{REGRESSION}, {FIXED}, negative", "negative")),
    (f"blocks 10 to 16, graded − {TAIL}, both {FIXED}, negative",
     (f"blocks 10 to 16, graded, {FIXED}, negative", "negative"),
     (f"{TAIL}, {FIXED}, negative", "negative")),
    *(
        (f"{TAIL} − {control}, {few}",
         (f"{TAIL}, {few}", "negative"), (f"{control}, {few}", "negative"))
        for few in FEW for control in (REGRESSION, ALL_BLOCKS)
    ),
    *(
        (f"{TAIL} on {scene} − θ, on {on}", (f"{TAIL}, {scene}", on), ("θ", on))
        for scene, on in (("negative", "clean"), ("upside down", "clean"),
                          ("negative", "upside down"), ("upside down", "negative"))
    ),
    ("θ + 0.5 Δθ − θ, on clean", ("θ + half", "clean"), ("θ", "clean")),
    *(
        (f"{name} − θ, by groups of ImageNet's classes", (key, "imagenet", "right"),
         ("θ", "imagenet", "right"))
        for name, key in (("θ + 0.5 Δθ", "θ + half"), ("θ + Δθ", f"{TAIL}, negative"),
                          ("θ + Δθ of clean photos", f"{TAIL}, clean"))
    ),
    *(
        (f"{name} − {TAIL} on negative, on {on}", (key, on), (f"{TAIL}, negative", on))
        for name, key in (
            (f"{TAIL} on {REHEARSED}", f"{TAIL}, {REHEARSED}"),
            (PART_KEPT, PART_KEPT),
            (PULLED, f"{PULLED}, negative"),
        )
        for on in ("clean", "negative")
    ),
    *(
        (f"{way} on negative − {TAIL} on negative, on clean",
         (f"{way}, negative", "clean"), (f"{TAIL}, negative", "clean"))
        for way in (HEAD, REGRESSION, BOTH, "last block", f"last block, {FIXED}", "LoRA, rank 4",
                    f"LoRA, rank 4, {FIXED}")
    ),
    *(
        (f"sum × 0.7 − {what}, on {on}", ("sum × 0.7", on), (key, on))
        for what, key, on in (
            ("θ", "θ", "clean"),
            ("θ", "θ", "negative"),
            ("θ", "θ", "upside down"),
            ("Δθ of negatives alone", _ALONE["negatives"], "both"),
            ("Δθ of upside down alone", _ALONE["upside down"], "both"),
            ("Δθ of negatives alone", _ALONE["negatives"], "negative"),
            ("Δθ of upside down alone", _ALONE["upside down"], "upside down"),
            *(("joint training", f"{TAIL}, {JOINT}", on) for on in SCENES),
            *(("θ, surest of four", "θ, surest of four", on) for on in SCENES),
        )
    ),
    *(
        (f"joint training − θ, surest of four, on {on}", (f"{TAIL}, {JOINT}", on),
         ("θ, surest of four", on))
        for on in SCENES
    ),
    ("rank 4 − rank 0, negative", ("rank 4", "negative"), ("rank 0", "negative")),
    ("rank 4 − rank 4, random, negative", ("rank 4", "negative"), ("rank 4, random", "negative")),
    ("rank 4 − LoRA, rank 4, negative", ("rank 4", "negative"),
     ("LoRA, rank 4, negative", "negative")),
    ("rank 16 − whole Δθ, negative", ("rank 16", "negative"), (f"{TAIL}, negative", "negative")),
    ("midpoint of two draws − one of them, negative",
     ("midpoint of two draws", "negative"), (f"{TAIL}, negative", "negative")),
]  # fmt: skip


if __name__ == "__main__":
    environment.start()
    for line in run():
        print(line)
