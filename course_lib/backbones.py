"""Pretrained backbones, each together with the preprocessing that belongs to its weights."""

import functools
import inspect
import json
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_lib import assets
from course_lib.efficientnet_lite import efficientnet_lite0
from course_lib.errors import CourseError
from course_lib.language import _, later
from course_lib.plumbing import downloads_end_in_time

EMBEDDED = "embedded"
LITE0 = "EfficientNetLite0"

_CLASSES_ASSET = "imagenet_classes.json"
_SMALLEST_SIZE = 32

# The size each family was trained at, where it is not 224 px.
_TRAINED_AT = {
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2L": 480,
    "EfficientNetV2M": 480,
    "EfficientNetV2S": 384,
    "InceptionResNetV2": 299,
    "InceptionV3": 299,
    "NASNetLarge": 331,
    "Xception": 299,
}


class BackboneUnavailable(CourseError):
    """The weights cannot be had here: no network, no such file, or a file that does not fit."""


@keras.saving.register_keras_serializable(package="course_lib")
class ImageNetPreprocessing(keras.layers.Layer):
    """Turns raw RGB pixels (0 to 255, any number type) into what one model's weights expect.

    Calls the `preprocess_input` that Keras publishes with that model, always in float32, and never
    writes into its input (the NumPy form of `preprocess_input` does). As a layer it can be part of
    a model, which then takes raw pixels and keeps doing so after it was saved and loaded.

    Args:
        backbone: any name that `available` gives, such as `"embedded"` or `"ResNet50"`.
    """

    def __init__(self, backbone: str, **kwargs: Any) -> None:
        # Half precision would round pixel values, whatever the other layers compute in.
        kwargs.setdefault("dtype", "float32")
        kwargs.setdefault("trainable", False)
        super().__init__(**kwargs)
        self.backbone = _canonical_name(backbone)

    def call(self, pixels: Any) -> Any:
        """Return `pixels` of shape (..., height, width, 3) preprocessed, as float32."""
        pixels = keras.ops.cast(pixels, "float32")
        if self.backbone in _SHIPPED:
            return _SHIPPED[self.backbone].preprocess(pixels)
        return _applications_module(self.backbone).preprocess_input(pixels)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Return `input_shape`: preprocessing changes values, not sizes."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to make the same layer again."""
        return {**super().get_config(), "backbone": self.backbone}


@dataclass(frozen=True)
class Backbone:
    """A model and the preprocessing that its weights were trained with.

    Attributes:
        name: for example `"MobileNetV2 (embedded)"` or `"ResNet50"`.
        model: takes preprocessed float32 images (N, input_size, input_size, 3) and gives feature
            maps (N, h, w, channels), or with `include_top=True` probabilities (N, 1000).
        preprocessing: takes raw RGB pixels 0 to 255 and gives what `model` expects.
        input_size: height and width of the images in pixels.
        source: one sentence that says which weights these are and where they come from.
    """

    name: str
    model: keras.Model
    preprocessing: keras.Layer
    input_size: int
    source: str


def available() -> list[str]:
    """Return the names that `load` knows: the shipped ones, then those of `keras.applications`.

    The first is `"embedded"`. The shipped ones, `shipped()`, need no network.
    """
    return [*_SHIPPED, *sorted(_application_names())]


def shipped() -> list[str]:
    """Return the names of the backbones whose weights come with the course: no network needed."""
    return list(_SHIPPED)


def load(
    name: str = EMBEDDED,
    *,
    input_size: int | None = None,
    include_top: bool = False,
    weights: str | os.PathLike | None = "imagenet",
) -> Backbone:
    """Return a pretrained backbone with its preprocessing.

    Args:
        name: `"embedded"`, the MobileNetV2, or `"EfficientNetLite0"`, which both come with the
            course and need no network; or the name of any model in `keras.applications`. In upper
            or lower case.
        input_size: height and width of the images in pixels. Default: 96 for the shipped models
            (128, 160 and 224 cost more and are more accurate), otherwise the size that the model
            was trained at, mostly 224.
        include_top: True keeps the ImageNet classifier; the model then gives 1000 probabilities.
        weights: `"imagenet"`, `None` for random ones, or the path of a weights file (`.h5` or
            `.weights.h5`) that fits the model. Keras downloads the ImageNet weights of its models
            once and keeps them in its own cache folder.

    Raises:
        BackboneUnavailable: the weights cannot be had. Without a network this takes seconds.
        CourseError: there is no such backbone, or it cannot take images of that size.
    """
    canonical = _canonical_name(name)
    size = _checked_size(canonical, input_size)
    if weights not in (None, "imagenet"):
        weights = _existing_file(weights)
    if canonical in _SHIPPED:
        model, source = _load_shipped(_SHIPPED[canonical], size, include_top, weights)
    else:
        model, source = _load_application(canonical, size, include_top, weights)
    return Backbone(
        name=_SHIPPED[canonical].name if canonical in _SHIPPED else canonical,
        model=model,
        preprocessing=ImageNetPreprocessing(canonical, name=f"{canonical.lower()}_preprocessing"),
        input_size=size,
        source=source,
    )


def load_first(names: Iterable[str], **same: Any) -> Backbone:
    """Return the first of `names` whose weights can be had.

    Prints one line when that is not the first choice. The keyword arguments are those of `load`.

    Raises:
        BackboneUnavailable: none of them can be had; the message says why for each.
    """
    failures: dict[str, BackboneUnavailable] = {}
    for name in names:
        try:
            backbone = load(name, **same)
        except BackboneUnavailable as error:
            failures[_canonical_name(name)] = error
            continue
        if failures:
            missing = " and ".join(failures)
            sentence = _("The weights of {missing} cannot be had here, so this runs on {backbone}.")
            print(sentence.format(missing=missing, backbone=backbone.name))
        return backbone
    if not failures:
        raise CourseError(_("Name at least one backbone; `backbones.available()` lists them."))
    reasons = "\n".join(f"- {name}: {error}" for name, error in failures.items())
    problem = _("None of these backbones can be had here:\n{reasons}")
    raise BackboneUnavailable(problem.format(reasons=reasons))


def imagenet_class_names() -> list[str]:
    """Return the names of the 1000 ImageNet classes, in the order of the classifier's outputs."""
    return list(_class_names())


def decode_predictions(probabilities: np.ndarray, top: int = 5) -> list[list[tuple[str, float]]]:
    """Return for each image its `top` most probable ImageNet classes as (name, probability).

    Args:
        probabilities: array of shape (N, 1000), as a backbone with `include_top=True` gives it.
        top: how many classes to return, from the most probable one downwards.

    Raises:
        CourseError: `probabilities` has another shape.
    """
    values = keras.ops.convert_to_numpy(probabilities)
    if values.ndim != 2 or values.shape[1] != 1000:
        problem = _(
            "decode_predictions takes probabilities of shape (N, 1000), not {shape}. "
            "Load the backbone with include_top=True, and give a batch even for one image."
        )
        raise CourseError(problem.format(shape=values.shape))
    names = _class_names()
    order = np.argsort(-values, axis=1, kind="stable")[:, :top]
    return [
        [(names[index], float(row[index])) for index in indices]
        for row, indices in zip(values, order, strict=True)
    ]


@functools.cache
def _class_names() -> tuple[str, ...]:
    return tuple(json.loads(assets.path(_CLASSES_ASSET).read_text(encoding="utf-8")))


def _application_names() -> list[str]:
    return [
        name
        for name, value in vars(keras.applications).items()
        if inspect.isfunction(value) and "weights" in inspect.signature(value).parameters
    ]


def _canonical_name(name: str) -> str:
    for known in available():
        if known.lower() == str(name).strip().lower():
            return known
    problem = _("There is no backbone called {name!r}. Known are: {names}.")
    raise CourseError(problem.format(name=name, names=", ".join(available())))


def _applications_module(name: str) -> Any:
    """Return the public module that holds the model's own `preprocess_input`."""
    constructor = getattr(keras.applications, name)
    return getattr(keras.applications, constructor.__module__.rpartition(".")[2])


def _checked_size(name: str, input_size: int | None) -> int:
    if input_size is None:
        return 96 if name in _SHIPPED else _TRAINED_AT.get(name, 224)
    if int(input_size) != input_size or input_size < _SMALLEST_SIZE:
        problem = _(
            "input_size is the height and width of the images in pixels, a whole number from "
            "{smallest} upwards, not {input_size!r}."
        )
        raise CourseError(problem.format(smallest=_SMALLEST_SIZE, input_size=input_size))
    return int(input_size)


def _existing_file(weights: str | os.PathLike) -> Path:
    path = Path(weights).expanduser()
    if not path.is_file():
        problem = _(
            "There is no weights file {path!r}. Give the path of an existing .h5 or "
            '.weights.h5 file, weights="imagenet", or weights=None for random weights.'
        )
        raise BackboneUnavailable(problem.format(path=str(path)))
    if path.suffix != ".h5":
        problem = _(
            "{path!r} is not a weights file that Keras can read: its name must end in .h5 or "
            ".weights.h5."
        )
        raise BackboneUnavailable(problem.format(path=str(path)))
    return path


@dataclass(frozen=True)
class _Shipped:
    """A backbone whose weights lie in the assets."""

    name: str
    asset: str
    build: Callable[[int, bool], keras.Model]  # (input size, include_top) -> random weights
    preprocess: Callable[[Any], Any]  # raw float32 pixels -> what the weights expect
    source: str


def _load_shipped(
    backbone: _Shipped, size: int, include_top: bool, weights: str | Path | None
) -> tuple[keras.Model, str]:
    model = backbone.build(size, include_top)
    if weights is None:
        return model, _("Random weights: this model has learnt nothing yet.")
    if isinstance(weights, Path):
        return model, _load_file(model, backbone.name, weights, include_top)
    with np.load(assets.path(backbone.asset), allow_pickle=False) as arrays:
        set_named_weights(model, arrays)
    return model, _(backbone.source)


def _embedded_architecture(size: int, include_top: bool) -> keras.Model:
    """Return Keras' own MobileNetV2 with random weights, padded as PyTorch pads.

    Where a layer halves an even size, Keras pads only below and on the right. The embedded weights
    were trained with one pixel on every side, and lose half their accuracy at 96 px without it.
    """
    stock = keras.applications.MobileNetV2(
        input_shape=(size, size, 3), include_top=include_top, weights=None
    )

    def clone(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if isinstance(layer, keras.layers.ZeroPadding2D):
            config["padding"] = ((1, 1), (1, 1))
        elif layer.name == "Conv1":
            config["padding"] = "valid"
        return type(layer).from_config(config)

    def call(layer: keras.Layer, *args: Any, **kwargs: Any) -> Any:
        if layer.name == "Conv1":
            args = (keras.layers.ZeroPadding2D(1, name="Conv1_pad")(args[0]), *args[1:])
        return layer(*args, **kwargs)

    model = keras.models.clone_model(
        stock,
        input_tensors=keras.Input((size, size, 3), name="images"),
        clone_function=clone,
        call_function=call,
    )
    model.name = f"mobilenetv2_embedded_{size}"
    return model


def _torch_preprocess(pixels: Any) -> Any:
    return keras.applications.imagenet_utils.preprocess_input(pixels, mode="torch")


def _lite_preprocess(pixels: Any) -> Any:
    return (pixels - 127.0) / 128.0


_SHIPPED = {
    EMBEDDED: _Shipped(
        name="MobileNetV2 (embedded)",
        asset="mobilenet_v2_imagenet_float16.npz",
        build=_embedded_architecture,
        preprocess=_torch_preprocess,
        source=later(
            "MobileNetV2 with the ImageNet weights that torchvision published (71.9 % top-1 "
            "accuracy at 224 px), shipped with the course in float16."
        ),
    ),
    LITE0: _Shipped(
        name="EfficientNetLite0 (embedded)",
        asset="efficientnet_lite0_imagenet_float16.npz",
        build=efficientnet_lite0,
        preprocess=_lite_preprocess,
        source=later(
            "EfficientNet-Lite0 with the ImageNet weights that Google published (75.1 % top-1 "
            "accuracy at 224 px), shipped with the course in float16."
        ),
    ),
}


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Return the variables of a model (no nested ones) by "layer/variable", like "Conv1/kernel"."""
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }


def set_named_weights(model: keras.Model, arrays: Any) -> None:
    """Assign `arrays["layer/variable"]` to every variable of `model`, cast to the variable's type.

    Raises KeyError when one is missing and ValueError when one has another shape; names that the
    model does not have (such as the classifier's) are left alone.
    """
    for name, variable in named_weights(model).items():
        variable.assign(arrays[name].astype(variable.dtype))


def _load_application(
    name: str, size: int, include_top: bool, weights: str | Path | None
) -> tuple[keras.Model, str]:
    if weights == "imagenet":
        source = _("{name} with the ImageNet weights that Keras publishes.").format(name=name)
        return _download_application(name, size, include_top), source
    model = _random_application(name, size, include_top)
    if weights is None:
        return model, _("Random weights: this model has learnt nothing yet.")
    return model, _load_file(model, name, Path(weights), include_top)


def _random_application(name: str, size: int, include_top: bool) -> keras.Model:
    constructor = getattr(keras.applications, name)
    try:
        return constructor(weights=None, include_top=include_top, input_shape=(size, size, 3))
    except ValueError as error:
        problem = _("{name} cannot take images of {size} px: {error}")
        raise CourseError(problem.format(name=name, size=size, error=error)) from error


def _download_application(name: str, size: int, include_top: bool) -> keras.Model:
    constructor = getattr(keras.applications, name)
    try:
        with downloads_end_in_time():
            return constructor(
                weights="imagenet", include_top=include_top, input_shape=(size, size, 3)
            )
    except Exception as error:  # Keras raises a bare Exception when a download fails
        if isinstance(error, ValueError):
            _random_application(name, size, include_top)  # raises when the size is to blame
        problem = _(
            "The ImageNet weights of {name} at {size} px cannot be had here: {error}\n"
            'What to do: use `backbones.load("embedded")`, which comes with the course and needs '
            "no network; or connect to a network; or give `weights=` the path of a weights file. "
            "If the reason above is a damaged file, delete that file in the folder `models` of "
            "Keras' cache (~/.keras, or $KERAS_HOME)."
        )
        raise BackboneUnavailable(problem.format(name=name, size=size, error=error)) from error


def _load_file(model: keras.Model, name: str, path: Path, include_top: bool) -> str:
    try:
        # A file that does not fit brings hundreds of warnings, then the error that sums them up.
        with warnings.catch_warnings(record=True) as caught:
            model.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds for a file that does not fit
        problem = _(
            "The file {path!r} does not fit {name} with include_top={include_top}: {error}\n"
            "Give a file that was saved from this very model, or choose include_top as the file "
            'has it; `backbones.load("embedded")` needs no file.'
        )
        raise BackboneUnavailable(
            problem.format(path=str(path), name=name, include_top=include_top, error=error)
        ) from error
    for warning in caught:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return _("{name} with the weights of the local file {file}.").format(name=name, file=path.name)
