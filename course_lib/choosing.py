"""Choosing a pretrained model: a transferability score, small runtimes, and published figures."""

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.environment import native_messages_withheld
from course_lib.errors import CourseError
from course_lib.language import _

if TYPE_CHECKING:
    from course_lib.backbones import Backbone

_FLOOR = 1e-12  # keeps a precision finite where the labels are fitted without any error
_MOST_ROUNDS = 200


def log_me(features: ArrayLike, labels: ArrayLike) -> float:
    """Return LogME: how well a Bayesian linear model explains labels by features; higher is better.

    You, Liu, Wang and Long, *LogME: Practical Assessment of Pre-trained Models for Transfer
    Learning*, ICML 2021. Each class is a column y of zeros and ones, explained as y = F w + noise,
    where every weight is drawn from a normal distribution with precision alpha, and the noise from
    one with precision beta. The evidence p(y | F, alpha, beta) averages over all weights, so that
    nothing is fitted which could be overfitted. LogME is the logarithm of the evidence at the alpha
    and beta that make it largest (found by MacKay's fixed point, section 4.2 of the paper), divided
    by N, averaged over the classes. Values can only be compared for the same labels.

    Args:
        features: shape (N, D), any real type; computed in float64.
        labels: class numbers of shape (N,), at least two classes.

    Raises:
        CourseError: the shapes do not belong together, a value is not finite, or there is only one
            class.
    """
    matrix, labels = np.asarray(features, dtype=np.float64), np.asarray(labels)
    if matrix.ndim != 2 or labels.shape != matrix.shape[:1]:
        problem = _(
            "log_me takes features of shape (N, D) and N labels, not {matrix_shape} and "
            "{labels_shape}."
        )
        raise CourseError(problem.format(matrix_shape=matrix.shape, labels_shape=labels.shape))
    if not np.isfinite(matrix).all():
        raise CourseError(_("The features hold NaN or infinite values."))
    classes = np.unique(labels)
    if len(classes) < 2:
        raise CourseError(_("log_me needs photos of two classes or more."))
    left, singular = np.linalg.svd(matrix, full_matrices=False)[:2]
    kept = singular > singular.max(initial=0) * max(matrix.shape) * np.finfo(np.float64).eps
    return float(
        np.mean([_evidence(left[:, kept], singular[kept] ** 2, labels == name) for name in classes])
    )


def _evidence(left: np.ndarray, squares: np.ndarray, mask: np.ndarray) -> float:
    """Return the largest log evidence per example of one class.

    In the basis of the left singular vectors of F (`squares`: the squared singular values) the
    examples are independent: a coordinate z of y is normal with variance 1/beta + s**2/alpha. What
    of y lies outside that basis is noise alone.
    """
    y = mask.astype(np.float64)
    inside = (left.T @ y) ** 2
    outside = max(float(y @ y - inside.sum()), 0.0)
    rows = len(y)

    def sums(alpha: float, beta: float) -> tuple[float, float, float]:
        """Return gamma, |m|**2 and |y - F m|**2 for the mean m of the weights' posterior."""
        scale = alpha + beta * squares
        gamma = (beta * squares / scale).sum()
        weights = (beta**2 * squares * inside / scale**2).sum()
        residual = (alpha**2 * inside / scale**2).sum() + outside
        return gamma, weights, residual

    alpha = beta = 1.0
    for _round in range(_MOST_ROUNDS):
        gamma, weights, residual = sums(alpha, beta)
        ratio = alpha / beta
        alpha = gamma / max(weights, _FLOOR)
        beta = (rows - gamma) / max(residual, _FLOOR)
        if abs(np.log(alpha / beta / ratio)) < 1e-5:
            break
    weights, residual = sums(alpha, beta)[1:]
    total = rows * np.log(beta / (2 * np.pi)) - np.log1p(beta * squares / alpha).sum()
    return 0.5 * float(total - beta * residual - alpha * weights) / rows


class LiteModel:
    """Runs a TensorFlow Lite file: one photo at a time, on one thread.

    Args:
        content: the file, as `convert()` of `tf.lite.TFLiteConverter` returns it. It takes one
            photo (1, height, width, 3) as float32 and gives features (1, D) as float32.
    """

    def __init__(self, content: bytes) -> None:
        with quietly():
            self._interpreter = _interpreter_class()(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = (entry["index"] for entry in self._interpreter.get_input_details())
        (self._output,) = (entry["index"] for entry in self._interpreter.get_output_details())

    def __call__(self, photos: np.ndarray) -> np.ndarray:
        """Return the features of photos (N, height, width, 3), float32 of shape (N, D)."""
        features = []
        for photo in np.asarray(photos, dtype=np.float32):
            self._interpreter.set_tensor(self._input, photo[None])
            self._interpreter.invoke()
            features.append(self._interpreter.get_tensor(self._output)[0])
        return np.stack(features)


def _interpreter_class() -> type:
    """Return the interpreter: of the package that took it over, or of TensorFlow."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        if not hasattr(tf, "lite"):
            raise CourseError(
                _("This TensorFlow has no TensorFlow Lite any more. Install `ai-edge-litert`.")
            ) from None
        Interpreter = tf.lite.Interpreter
    return Interpreter


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep back what a converter prints and logs inside the block, unless the block fails."""
    with (
        native_messages_withheld(),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


class Published(NamedTuple):
    """What is published about a model of `keras.applications`.

    Attributes:
        megabytes: size of the weights file with the classifier, or None where none is given.
        parameters: millions of parameters, classifier included.
        top_1: accuracy on ImageNet's validation photos, 0 to 1, at the size it was trained at.
    """

    megabytes: float | None
    parameters: float
    top_1: float


# The table "Available models" of https://keras.io/api/applications/; MobileNetV3 from the page
# https://keras.io/api/applications/mobilenet/. The five ConvNeXt have no figures there.
PUBLISHED = {
    "Xception": Published(88, 22.9, 0.790),
    "VGG16": Published(528, 138.4, 0.713),
    "VGG19": Published(549, 143.7, 0.713),
    "ResNet50": Published(98, 25.6, 0.749),
    "ResNet50V2": Published(98, 25.6, 0.760),
    "ResNet101": Published(171, 44.7, 0.764),
    "ResNet101V2": Published(171, 44.7, 0.772),
    "ResNet152": Published(232, 60.4, 0.766),
    "ResNet152V2": Published(232, 60.4, 0.780),
    "InceptionV3": Published(92, 23.9, 0.779),
    "InceptionResNetV2": Published(215, 55.9, 0.803),
    "MobileNet": Published(16, 4.3, 0.704),
    "MobileNetV2": Published(14, 3.5, 0.713),
    "MobileNetV3Small": Published(None, 2.9, 0.681),
    "MobileNetV3Large": Published(None, 5.4, 0.756),
    "DenseNet121": Published(33, 8.1, 0.750),
    "DenseNet169": Published(57, 14.3, 0.762),
    "DenseNet201": Published(80, 20.2, 0.773),
    "NASNetMobile": Published(23, 5.3, 0.744),
    "NASNetLarge": Published(343, 88.9, 0.825),
    "EfficientNetB0": Published(29, 5.3, 0.771),
    "EfficientNetB1": Published(31, 7.9, 0.791),
    "EfficientNetB2": Published(36, 9.2, 0.801),
    "EfficientNetB3": Published(48, 12.3, 0.816),
    "EfficientNetB4": Published(75, 19.5, 0.829),
    "EfficientNetB5": Published(118, 30.6, 0.836),
    "EfficientNetB6": Published(166, 43.3, 0.840),
    "EfficientNetB7": Published(256, 66.7, 0.843),
    "EfficientNetV2B0": Published(29, 7.2, 0.787),
    "EfficientNetV2B1": Published(34, 8.2, 0.798),
    "EfficientNetV2B2": Published(42, 10.2, 0.805),
    "EfficientNetV2B3": Published(59, 14.5, 0.820),
    "EfficientNetV2S": Published(88, 21.6, 0.839),
    "EfficientNetV2M": Published(220, 54.4, 0.853),
    "EfficientNetV2L": Published(479, 119.0, 0.857),
}


def each_application(
    names: Iterable[str] | None = None, *, input_size: int = 96
) -> "Iterator[Backbone]":
    """Yield the models of `keras.applications` one after the other, downloading their weights.

    Ends with one printed line at the first model whose weights cannot be had (mostly: no network),
    and passes over, with a line, those that cannot take images of `input_size`.

    Args:
        names: which ones; by default all of them, the small ones first; together several GB.
        input_size: height and width of the images in pixels.
    """
    from course_lib import backbones  # TensorFlow is only needed here

    if names is None:
        known = set(backbones.available()) - set(backbones.shipped())
        names = sorted(
            known, key=lambda n: (PUBLISHED[n].parameters if n in PUBLISHED else np.inf, n)
        )
    for name in names:
        try:
            backbone = backbones.load(name, input_size=input_size)
        except backbones.BackboneUnavailable:
            sentence = _(
                "The weights of {name} cannot be had here (no network?): the tour ends here."
            )
            print(sentence.format(name=name))
            return
        except CourseError:
            sentence = _("{name} cannot be had for images of {input_size} px: passed over.")
            print(sentence.format(name=name, input_size=input_size))
            continue
        yield backbone
