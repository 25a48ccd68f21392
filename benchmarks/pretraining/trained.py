"""The encoder and a head, trained end to end: from random numbers, or from a pretrained start.

Every row but one has the same budget. Its rate is chosen from two by the accuracy on the validation
part: by the log loss, of which a network that is sure of itself has much, the gentler one would be
taken where it is right less often. The state at the end is taken, when the rate has fallen to zero.
The row that is trained twice as long tells whether the budget suffices.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from benchmarks.pretraining.encoders import PRETRAININGS, encoder
from benchmarks.pretraining.settings import Setting, blurred
from course_lib import pretraining
from course_tools.authoring import lesson_code
from recipes import train_gan_and_simclr

STEPS, BATCH, DROPOUT = 1600, 32, 0.3
FIXED_RATE = 0.001
RATES = {"random": (0.001, 0.003), "pretrained": (0.0003, 0.001)}


@dataclass(frozen=True)
class Trained:
    """A training of encoder and head with the few labels.

    Attributes:
        start: the name of a pretraining, "untrained" for random numbers.
        views: whether the labelled images are turned, moved and zoomed, as SimCLR's are.
        steps: of the optimizer.
        blur: standard deviation, in pixels, of the blur that all images go through first.
    """

    start: str
    views: bool
    steps: int = STEPS
    blur: float = 0.0

    @property
    def rates(self) -> tuple[float, ...]:
        """The rates to choose from."""
        return RATES["random" if self.start == "untrained" else "pretrained"]

    @property
    def sees(self) -> str:
        """What it has been shown, as words for the table of rivals."""
        shown = [] if self.start == "untrained" else [PRETRAININGS[self.start].sees]
        if self.views and not self.start.startswith("SimCLR"):
            shown.append("the views")
        if self.blur:
            shown.append("a blur")
        return " and ".join(shown) or "nothing"


TRAINED: dict[str, Trained] = {
    "from scratch": Trained("untrained", views=False),
    "from scratch, blurred": Trained("untrained", views=False, blur=1.5),
    "from scratch, views": Trained("untrained", views=True),
    "from scratch, views, twice as long": Trained("untrained", views=True, steps=2 * STEPS),
    # Views harm at night.
    "denoising, tuned": Trained("denoising autoencoder", views=False),
    "GAN, tuned": Trained("GAN", views=True),
    "SimCLR, tuned": Trained("SimCLR", views=True),
    "SimCLR, twice as long, tuned": Trained("SimCLR, twice as long", views=True),
}


def recipe(method: str, setting: str) -> dict:
    """Return all that a training depends on but the seed, as plain values."""
    how = TRAINED[method]
    names = ("build_views",) if how.views else ()
    return {
        "start": PRETRAININGS[how.start].depends_on(setting),
        "views": lesson_code.fingerprint(train_gan_and_simclr.LESSON, names),
        "steps": how.steps,
        "batch": BATCH,
        "dropout": DROPOUT,
        "rates": how.rates,
        "choice": "highest accuracy",
    } | ({"blur": how.blur} if how.blur else {})


def predictor(method: str, setting: Setting, seed: int) -> Callable[[list[np.ndarray]], dict]:
    """Return a function: draws -> {"chosen": …, "fixed": …}, each (draws, test images)."""
    return functools.partial(_predictions, TRAINED[method], setting, seed)


def _predictions(
    how: Trained, setting: Setting, seed: int, draws: list[np.ndarray]
) -> dict[str, np.ndarray]:
    setting = _blurred(setting, how.blur) if how.blur else setting
    by_rate, accuracies = {}, {}
    for rate in how.rates:
        answers, right = [], []
        for draw in draws:
            model = _train(how, setting, draw, rate, seed)
            answers.append(_classes(model, setting.test.images))
            right.append(_classes(model, setting.validation.images) == setting.validation.labels)
        by_rate[rate] = np.stack(answers)
        accuracies[rate] = np.mean(right)
    # Of equally good rates the one that was fixed beforehand.
    chosen = max(how.rates, key=lambda rate: (accuracies[rate], rate == FIXED_RATE))
    return {"chosen": by_rate[chosen], "fixed": by_rate[FIXED_RATE]}


def _blurred(setting: Setting, width: float) -> Setting:
    parts = {name: getattr(setting, name) for name in ("train", "validation", "test")}
    return setting._replace(
        **{name: part._replace(images=blurred(part.images, width)) for name, part in parts.items()}
    )


class _Falling(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that falls to zero along half a cosine, and can be set anew."""

    def __init__(self) -> None:
        self.rate, self.steps = tf.Variable(0.0), tf.Variable(1.0)

    def __call__(self, step):
        return self.rate * 0.5 * (1 + tf.cos(np.pi * tf.cast(step, tf.float32) / self.steps))

    def get_config(self) -> dict:
        return {}


@functools.cache
def _network(views: bool) -> tuple[keras.Model, _Falling]:
    """Return the network and its rate; compiling it again for each training would take longer."""
    lesson = lesson_code.definitions(train_gan_and_simclr.LESSON)
    layers = [
        keras.Input((28, 28, 1)),
        *([lesson.build_views()] if views else []),
        pretraining.build_encoder(),
        keras.layers.ReLU(),
        keras.layers.Dropout(DROPOUT),
        keras.layers.Dense(10, name="head"),
    ]
    model, falling = keras.Sequential(layers), _Falling()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling), loss, steps_per_execution=50)
    model.optimizer.build(model.trainable_variables)
    return model, falling


def _train(how: Trained, setting: Setting, draw: np.ndarray, rate: float, seed: int) -> keras.Model:
    model, falling = _network(how.views)
    _start_again(model, encoder(how.start, setting, seed), seed)
    falling.rate.assign(rate)
    falling.steps.assign(how.steps)
    random = np.random.default_rng(seed)
    rounds = -(-how.steps * BATCH // len(draw))
    picks = np.concatenate([random.permutation(draw) for _ in range(rounds)])[: how.steps * BATCH]
    images, labels = setting.train.images[picks], setting.train.labels[picks]
    model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0)
    return model


def _start_again(model: keras.Model, start: keras.Model, seed: int) -> None:
    """Set everything that a training changes: weights, Adam's memory, and the layers' chance."""
    model.get_layer("encoder").set_weights(start.get_weights())
    head = model.get_layer("head")
    initial = keras.initializers.GlorotUniform(seed)(head.kernel.shape)
    head.set_weights([initial, np.zeros(head.bias.shape)])
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    for variable in model.variables:
        if "seed_generator_state" in variable.path:
            variable.assign([seed, 0])


def _classes(model: keras.Model, images: np.ndarray) -> np.ndarray:
    batches = [model.predict_on_batch(images[n : n + 500]) for n in range(0, len(images), 500)]
    return np.concatenate(batches).argmax(axis=1)
