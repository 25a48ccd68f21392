"""Frozen features under logistic regression: of pretrained encoders, and of simple rivals."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

from benchmarks.pretraining.encoders import PRETRAININGS, encoder
from benchmarks.pretraining.settings import NIGHT, Setting, blurred, flat
from course_lib import pretraining
from course_lib.selection import simplest_within_one_error

COMPONENTS = (12, 24, 64)
BLURS = (1.0, 2.0)  # standard deviations in pixels
RIDGES = (3000.0, 1000.0, 300.0, 100.0, 30.0)

# name -> (training, validation, test) features, each (N, features)
Features = dict[str, tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Frozen:
    """Features that no label changes.

    Attributes:
        features: (setting, seed) -> candidates; the last one is taken where nothing is chosen.
        sees: what they have been shown, as words for the table of rivals.
    """

    features: Callable[[Setting, int], Features]
    sees: str


def _parts(setting: Setting) -> tuple[np.ndarray, ...]:
    return tuple(part.images for part in (setting.train, setting.validation, setting.test))


def _pixels(setting: Setting, seed: int) -> Features:
    return {"pixels": tuple(map(flat, _parts(setting)))}


def _blurred(setting: Setting, seed: int) -> Features:
    return {
        f"blur {width:g}": tuple(flat(blurred(part, width)) for part in _parts(setting))
        for width in BLURS
    }


def _components(images: np.ndarray, parts: tuple[np.ndarray, ...], seed: int) -> Features:
    pca = PCA(COMPONENTS[-1], random_state=seed).fit(flat(images))
    codes = [pca.transform(flat(part)) for part in parts]
    return {f"{width} components": tuple(code[:, :width] for code in codes) for width in COMPONENTS}


def _pca(setting: Setting, seed: int) -> Features:
    return _components(setting.unlabelled, _parts(setting), seed)


def _pca_of(images: int) -> Callable[[Setting, int], Features]:
    return lambda setting, seed: _components(setting.unlabelled[:images], _parts(setting), seed)


def _pca_by_day(setting: Setting, seed: int) -> Features:
    return _components(setting.clean, _parts(setting), seed)


def _ridge(setting: Setting, seed: int) -> Features:
    """Denoise by one linear map from the night to the day, and keep components of its output."""
    night, day = flat(setting.unlabelled), flat(setting.clean)
    half = len(night) // 2
    losses = [
        ((Ridge(a).fit(night[:half], day[:half]).predict(night[half:]) - day[half:]) ** 2).mean(1)
        for a in RIDGES
    ]
    linear = Ridge(RIDGES[simplest_within_one_error(losses)]).fit(night, day)
    denoised = tuple(linear.predict(flat(part)) for part in _parts(setting))
    return _components(linear.predict(night), denoised, seed)


def _encoded(method: str) -> Callable[[Setting, int], Features]:
    def features(setting: Setting, seed: int) -> Features:
        model = encoder(method, setting, seed)
        names = ("maps", "features")
        both = keras.Model(model.inputs[0], [model.get_layer(name).output for name in names])
        outputs = [both.predict(part, batch_size=500, verbose=0) for part in _parts(setting)]
        return dict(zip(names, zip(*outputs, strict=True), strict=True))

    return features


_SEVEN = "7,000 unlabelled images"
FROZEN: dict[str, Frozen] = {
    "pixels": Frozen(_pixels, "nothing"),
    "blur": Frozen(_blurred, "nothing"),
    "PCA": Frozen(_pca, _SEVEN),
    "PCA, 700 images": Frozen(_pca_of(700), "700 unlabelled images"),
    "PCA, 100 images": Frozen(_pca_of(100), "100 unlabelled images"),
    "PCA of day images": Frozen(_pca_by_day, "7,000 unlabelled clean images"),
    "ridge denoiser": Frozen(_ridge, "7,000 unlabelled clean images, each as one night"),
} | {name: Frozen(_encoded(name), how.sees) for name, how in PRETRAININGS.items()}


def recipe(method: str, setting: str) -> dict:
    """Return all that the features depend on but the seed, as plain values."""
    if method in PRETRAININGS:
        return PRETRAININGS[method].depends_on(setting)
    numbers = {"components": COMPONENTS, "blurs": BLURS, "ridges": RIDGES}
    return {"setting": setting, "night": NIGHT if setting == "night" else {}, **numbers}


def predictor(method: str, setting: Setting, seed: int) -> Callable[[list[np.ndarray]], dict]:
    """Return a function: draws -> {"chosen": …, "fixed": …}, each (draws, test images)."""
    features = FROZEN[method].features(setting, seed)
    train, _, test = list(features.values())[-1]
    given = setting.train.labels, setting.validation.labels
    return lambda draws: {
        "chosen": pretraining.few_label_predictions(features, *given, draws),
        "fixed": pretraining.fixed_predictions(train, test, setting.train.labels, draws),
    }


def candidates(method: str) -> int:
    """Return among how many settings the validation part chooses."""
    if method in PRETRAININGS:
        representations = 2
    else:
        representations = {"pixels": 1, "blur": len(BLURS)}.get(method, len(COMPONENTS))
    return representations * 2 * len(pretraining.PENALTIES)
