"""What lesson 04 says about Δθ, over several seeds: when it pays, how it bends, how small it is.

A film archive: the clean photos of CIFAR-10, their negatives, the same upside down, and both at
once. θ is the embedded network from block 10 on with a head that logistic regression found on clean
photos; the blocks before it stay frozen, so their output is computed once. Each seed draws other
training photos, in another order. The test part is used here and was not used to choose the
settings. Two kinds of chance remain: the seed, shown as the range over seeds, and the choice of test
photos, shown as a 95 % interval of the difference on the same photos, the seeds' answers pooled.

`python -m benchmarks delta` takes about 40 minutes of one core; what a seed has finished is kept in
the course's cache and not computed again. `python -m benchmarks.delta` copies what was found into
the course's assets, for the lesson.
"""

import hashlib
import json
from collections.abc import Callable

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib import assets, backbones, data, delta, environment, evaluation, finetuning
from course_lib.files import cache_dir, write_atomically

SETTINGS = {
    "seeds": 5,
    "input_size": 96,
    "last_frozen": "block_9_add",
    "photos_per_class": 150,
    "epochs": 4,
    "batch_size": 32,
    "head_C": 0.01,
    "learning_rate": 2e-4,
    "head_learning_rate": 1e-3,
    "lora_learning_rate": 3e-3,
    "discriminative_learning_rate": 5e-4,
    "discriminative_factor": 2.6,
    "lora_ranks": [4],
    "ranks": [1, 2, 4, 8, 16, 32],
    "alphas": [-0.5, 0.0, 0.5, 1.0, 1.5, 2.0],
    "scales": [0.5, 0.7, 1.0],
    "shipped_rank": 16,
}
RESULTS = "delta_results.json"
SHIPPED = "delta_upside_down_float16.npz"

SCENES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "clean": lambda photos: photos,
    "negative": lambda photos: 255 - photos,
    "upside down": lambda photos: photos[:, ::-1],
    "both": lambda photos: 255 - photos[:, ::-1],
}
# What is trained -> the scenes that it is trained on.
WAYS = {
    "head only": ("clean", "negative", "upside down"),
    "last block": ("clean", "negative", "upside down"),
    "blocks 10 to 16": ("clean", "negative", "upside down"),
    "blocks 10 to 16, discriminative": ("negative",),
    "blocks 10 to 16 and head": ("negative",),
    **{f"LoRA, rank {rank}": ("negative",) for rank in SETTINGS["lora_ranks"]},
    "all blocks": ("negative",),
    "all blocks, discriminative": ("negative",),
}
TAIL = "blocks 10 to 16"


def run() -> list[str]:
    """Return what was found, one line per result and claim; see `summarize`."""
    folder = cache_dir() / "delta" / hashlib.sha256(json.dumps(SETTINGS).encode()).hexdigest()[:16]
    bench = Bench(folder)
    for seed in range(SETTINGS["seeds"]):
        bench.measure_seed(seed, [way for way in WAYS if not way.startswith("all")])
    for seed in range(SETTINGS["seeds"]):  # the slow ones last
        bench.measure_seed(seed, [way for way in WAYS if way.startswith("all")])
    results = summarize(bench)
    write_atomically(folder / RESULTS, (json.dumps(results, indent=1) + "\n").encode())
    if __name__ == "__main__":
        for name in (RESULTS, SHIPPED):
            write_atomically(assets.FOLDER / name, (folder / name).read_bytes())
        assets.refresh_manifest()
    return [json.dumps({name: value}) for name, value in results.items()]


class Bench:
    """The data, the network, and what each seed has found so far, kept in `folder`."""

    def __init__(self, folder) -> None:
        self.folder = folder
        cifar = data.load_cifar10()
        self.train, self.test = cifar.train, cifar.test.open_for("the benchmark of Δθ")
        self.backbone = backbones.load("embedded", input_size=SETTINGS["input_size"])
        self.top = backbones.load(
            "embedded", input_size=SETTINGS["input_size"], include_top=True
        ).model.layers[-1]
        self.test_maps = {scene: self.maps(self.test.images, scene) for scene in SCENES}

    def maps(self, photos: np.ndarray, scene: str) -> np.ndarray:
        """Return the output of the last frozen block for photos of a scene."""
        photo = keras.Input((32, 32, 3))
        pixels = self.backbone.preprocessing(
            keras.layers.Resizing(*[SETTINGS["input_size"]] * 2)(photo)
        )
        cut = self.backbone.model.get_layer(SETTINGS["last_frozen"]).output
        front = keras.Model(self.backbone.model.input, cut)
        model = keras.Model(photo, front(pixels, training=False))
        return finetuning.cached_features(model, SCENES[scene](photos), progress=False)

    def classifier(self, head: tuple[np.ndarray, np.ndarray], whole: bool = False) -> keras.Model:
        """Return θ: maps (or, when `whole`, preprocessed photos) -> ten scores."""
        network = self.backbone.model
        start = network.input if whole else network.get_layer(SETTINGS["last_frozen"]).output
        pooled = keras.layers.GlobalAveragePooling2D()(network.output)
        linked = keras.Model(start, keras.layers.Dense(10, name="head")(pooled))
        linked.get_layer("head").set_weights(head)
        copy = keras.models.clone_model(linked)
        copy.set_weights(linked.get_weights())
        return copy

    def measure_seed(self, seed: int, ways: list[str]) -> None:
        """Train in each of the `ways`, and note which test photos are answered rightly."""
        runs = [(way, scene) for way in ways for scene in WAYS[way]]
        missing = [run for run in runs if self.found(seed, *run) is None]
        if TAIL in ways and self.found(seed, "delta", "all") is None:
            missing += [(TAIL, scene) for scene in WAYS[TAIL]]
        if not missing:
            return
        few = data.take_per_class(self.train, SETTINGS["photos_per_class"], seed)
        maps = {
            scene: self.maps(few.images, scene) for scene in {"clean", *(s for _, s in missing)}
        }
        head = self.fitted_head(maps["clean"], few.labels)
        if self.found(seed, "theta", "clean") is None:
            self.measure_theta(seed, head, maps, few.labels)
        deltas = {}
        for way, scene in dict.fromkeys(missing):
            model, theta = self.trained(way, scene, seed, head, maps, few)
            tested = tuple(SCENES) if way == TAIL else tuple({"clean", scene})
            self.keep(seed, way, scene, self.outcome(model, way.startswith("all"), tested))
            if way == TAIL:
                deltas[scene] = delta.snapshot(model) - theta
        if deltas:
            self.measure_deltas(seed, head, deltas)

    def fitted_head(self, maps: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (kernel, bias) of logistic regression on the pooled features of θ."""
        features = finetuning.extract_features(self.pooled(), maps, progress=False)
        scaler = StandardScaler()
        regression = LogisticRegression(C=SETTINGS["head_C"], max_iter=1000)
        make_pipeline(scaler, regression).fit(features, labels)
        # Standardizing is linear, so it can be folded into the weights.
        kernel = (regression.coef_ / scaler.scale_).T
        return np.float32(kernel), np.float32(regression.intercept_ - scaler.mean_ @ kernel)

    def pooled(self) -> keras.Model:
        model = self.classifier((np.zeros((1280, 10)), np.zeros(10)))
        return keras.Model(model.input, model.layers[-2].output)

    def trained(self, way, scene, seed, head, maps, few) -> tuple[keras.Model, delta.Parameters]:
        """Return the trained classifier, and θ."""
        keras.utils.set_random_seed(seed)
        whole = way.startswith("all")
        model = self.classifier(head, whole)
        theta = delta.snapshot(model)
        inputs = self.pixels(SCENES[scene](few.images)) if whole else maps[scene]
        steps = -(-len(few.labels) // SETTINGS["batch_size"]) * SETTINGS["epochs"]
        model.compile(prepare(model, way, steps), LOSS)
        model.fit(
            inputs, few.labels, epochs=SETTINGS["epochs"], batch_size=SETTINGS["batch_size"], verbose=0
        )  # fmt: skip
        return model, theta

    def pixels(self, photos: np.ndarray) -> np.ndarray:
        size = SETTINGS["input_size"]
        return np.asarray(self.backbone.preprocessing(keras.layers.Resizing(size, size)(photos)))

    def outcome(
        self, model: keras.Model, whole: bool = False, scenes: tuple[str, ...] = tuple(SCENES)
    ) -> dict[str, list[int]]:
        """Return for each scene which test photos are right, and how much of ImageNet is left."""
        found = {}
        pooled = keras.Model(model.input, [model.layers[-2].output, model.output])
        for scene in scenes:
            inputs = (
                self.pixels(SCENES[scene](self.test.images)) if whole else self.test_maps[scene]
            )
            features, scores = pooled.predict(inputs, verbose=0)
            found[scene] = (scores.argmax(axis=1) == self.test.labels).astype(int).tolist()
            if scene == "clean":
                kernel, bias = self.top.get_weights()
                found["imagenet"] = (features @ kernel + bias).argmax(axis=1).tolist()
        return found

    def measure_theta(self, seed, head, maps, labels) -> None:
        model = self.classifier(head)
        self.keep(seed, "theta", "clean", self.outcome(model))
        for scene in maps:
            model.get_layer("head").set_weights(self.fitted_head(maps[scene], labels))
            self.keep(seed, "logistic regression", scene, self.outcome(model, scenes=(scene,)))

    def measure_deltas(self, seed: int, head, deltas: dict) -> None:
        """Walk along Δθ, cut its rank, and add two of them."""
        model = self.classifier(head)
        theta = delta.snapshot(model)
        negative, upside_down = deltas["negative"], deltas["upside down"]

        def right(parameters, scenes):
            delta.load(model, parameters)
            return {s: float(np.mean(v)) for s, v in self.outcome(model, scenes=scenes).items()
                    if s != "imagenet"}  # fmt: skip

        found = {
            "walk": {a: right(theta + a * negative, ["negative", "clean"]) for a in SETTINGS["alphas"]},
            "ranks": {
                k: right(theta + delta.truncate(negative, k), ["negative"]) for k in SETTINGS["ranks"]
            },
            "shipped": right(
                theta + delta.truncate(upside_down, SETTINGS["shipped_rank"]), ["upside down"]
            ),
            "relative norms": delta.relative_norms(negative, theta),
            "effective ranks": {n: delta.effective_rank(a) for n, a in negative.items() if a.any()
                                and delta.as_matrix(a).shape[1] > 1},
            "cosine": cosine(negative, upside_down),
        }  # fmt: skip
        for scale in SETTINGS["scales"]:
            delta.load(model, theta + scale * (negative + upside_down))
            self.keep(seed, "sum", str(scale), self.outcome(model))
        if seed == 0:
            delta.save(self.folder / SHIPPED, upside_down, SETTINGS["shipped_rank"])
        self.keep(seed, "delta", "all", found)

    def found(self, seed: int, way: str, scene: str) -> dict | None:
        path = self.folder / f"{seed} {way} {scene}.json"
        return json.loads(path.read_text()) if path.is_file() else None

    def keep(self, seed: int, way: str, scene: str, outcome: dict) -> None:
        path = self.folder / f"{seed} {way} {scene}.json"
        write_atomically(path, json.dumps(outcome).encode())


LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def prepare(model: keras.Model, way: str, steps: int) -> keras.optimizers.Optimizer:
    """Set the flags of `model` for one of the `WAYS`, and return its optimizer."""

    def falling(name: str) -> keras.optimizers.schedules.LearningRateSchedule:
        return keras.optimizers.schedules.CosineDecay(SETTINGS[name], steps)

    model.trainable = True
    for layer in model.layers:
        layer.trainable = (
            layer.name == "head" if way == "head only" else
            layer_block(layer.name) >= 16 if way == "last block" else
            type(layer) is keras.layers.Conv2D if "LoRA" in way else True
        )  # fmt: skip
    if way not in ("head only", "blocks 10 to 16 and head"):
        model.get_layer("head").trainable = False
    finetuning.keep_batch_normalization_frozen(model)
    if "LoRA" in way:
        for layer in model.layers:
            if layer.trainable and layer.weights:
                layer.enable_lora(int(way.split()[-1]))
        return keras.optimizers.Adam(falling("lora_learning_rate"))
    if "discriminative" in way:
        factors = {
            layer.name: SETTINGS["discriminative_factor"] ** (layer_block(layer.name) - 16)
            for layer in model.layers
        }
        return finetuning.LayerwiseAdam(falling("discriminative_learning_rate"), factors)
    name = "head_learning_rate" if way == "head only" else "learning_rate"
    return keras.optimizers.Adam(falling(name))


def layer_block(name: str) -> int:
    """Return the number of a layer's block; Conv_1, behind block 16, counts as 16."""
    if name.startswith("block_"):
        return int(name.split("_")[1])
    return 0 if name.startswith(("Conv1", "bn_Conv1", "expanded")) else 16


def cosine(one, other) -> float:
    """Return the cosine of the angle between two Δθ."""
    product = sum(float(np.sum(one[name] * other[name])) for name in one)
    return product / (delta.norm(one) * delta.norm(other))


def summarize(bench: Bench) -> dict:
    """Return accuracies with their range over seeds, and paired differences with intervals."""
    seeds = range(SETTINGS["seeds"])

    def answers(way, trained_on, scene):
        """Which test photos of a scene are right, shape (seeds, photos)."""
        return np.array([bench.found(seed, way, trained_on)[scene] for seed in seeds])

    def spread(values):
        values = np.asarray(values, dtype=float)
        return {"mean": round(float(values.mean()), 4), "each seed": values.round(4).tolist()}

    accuracy = {"theta": {s: spread(answers("theta", "clean", s).mean(axis=1)) for s in SCENES}}
    for scene in ("clean", "negative", "upside down"):
        accuracy[f"logistic regression, {scene}"] = {
            scene: spread(answers("logistic regression", scene, scene).mean(axis=1))
        }
    runs = [(way, scene) for way, scenes in WAYS.items() for scene in scenes]
    runs += [("sum", str(scale)) for scale in SETTINGS["scales"]]
    imagenet = {}
    before = answers("theta", "clean", "imagenet")
    for way, scene in runs:
        tested = SCENES if way in (TAIL, "sum") else dict.fromkeys(["clean", scene])
        accuracy[f"{way}, {scene}"] = {
            s: spread(answers(way, scene, s).mean(axis=1)) for s in tested
        }
        imagenet[f"{way}, {scene}"] = spread(
            (answers(way, scene, "imagenet") == before).mean(axis=1)
        )
    claims = {}
    for name, first, second in CLAIMS:
        gains = (answers(*first) - answers(*second)).astype(float)
        low, high = evaluation.mean_interval(gains.mean(axis=0))
        claims[name] = spread(gains.mean(axis=1)) | {"interval": [round(low, 4), round(high, 4)]}
    found = [bench.found(seed, "delta", "all") for seed in seeds]
    return {
        "settings": SETTINGS,
        "versions": environment.versions(),
        "accuracy": accuracy,
        "same answer in ImageNet's classes": imagenet,
        "claims": claims,
        "delta": {name: [each[name] for each in found] for name in found[0]},
    }


# (claim: first minus second, (way, trained on, tested on) of the first, the same of the second)
CLAIMS = [
    *(
        (f"{way} − {control}, {scene}", (way, scene, scene), (control, scene, scene))
        for scene in ("clean", "negative", "upside down")
        for way, control in (
            ("last block", "head only"),
            (TAIL, "head only"),
            (TAIL, "logistic regression"),
            (TAIL, "last block"),
        )
    ),
    *(
        (f"{way} − {TAIL}, negative", (way, "negative", "negative"), (TAIL, "negative", "negative"))
        for way in WAYS
        if WAYS[way] == ("negative",)
    ),
    *(
        (f"forgetting: clean photos, {TAIL} on {scene} − θ", (TAIL, scene, "clean"),
         ("theta", "clean", "clean"))
        for scene in ("negative", "upside down")
    ),
    *(
        (f"sum × {scale} − {what}, on {on}", ("sum", str(scale), on), second)
        for scale in SETTINGS["scales"]
        for what, on, second in (
            ("θ", "clean", ("theta", "clean", "clean")),
            ("θ", "negative", ("theta", "clean", "negative")),
            ("θ", "upside down", ("theta", "clean", "upside down")),
            ("Δθ of negatives alone", "both", (TAIL, "negative", "both")),
            ("Δθ of upside down alone", "both", (TAIL, "upside down", "both")),
            ("Δθ of negatives alone", "negative", (TAIL, "negative", "negative")),
        )
    ),
]  # fmt: skip


if __name__ == "__main__":
    environment.start()
    for line in run():
        print(line)
