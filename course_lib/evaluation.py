"""Evaluation of classifiers: a report with intervals, on top of scikit-learn and SciPy.

No metric is computed here: scikit-learn computes the metrics, SciPy the bootstrap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from sklearn import metrics

from course_lib.errors import CourseError
from course_lib.language import _, columns, later, padded


class Interval(NamedTuple):
    """A confidence interval; `low` and `high` are in the unit of the metric."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"[{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class ClassificationReport:
    """What a classifier did on one test set of N examples and C classes.

    Attributes:
        accuracy: share of right predictions, 0 to 1.
        accuracy_interval: bootstrap interval of the accuracy.
        confidence: the level of the interval, such as 0.95.
        precision, recall, f1: one value per class, float64 of shape (C,); 0 where undefined.
        support: number of true examples per class, int64 of shape (C,).
        macro_f1: mean of `f1` over the classes.
        confusion: int64 of shape (C, C); row = true class, column = predicted class.
        class_names: C names.
    """

    accuracy: float
    accuracy_interval: Interval
    confidence: float
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    macro_f1: float
    confusion: np.ndarray
    class_names: tuple[str, ...]

    def __str__(self) -> str:
        heading = _("class")
        width = max(columns(heading), *(len(name) for name in self.class_names))
        rows = [
            f"{name:<{width}}  {p:9.3f}  {r:6.3f}  {f:5.3f}  {n:7d}"
            for name, p, r, f, n in zip(
                self.class_names, self.precision, self.recall, self.f1, self.support, strict=True
            )
        ]
        first = _(
            "accuracy {accuracy:.3f}, {confidence:.0%} interval {interval} (n = {count}), "
            "macro F1 {macro_f1:.3f}"
        ).format(
            accuracy=self.accuracy,
            confidence=self.confidence,
            interval=self.accuracy_interval,
            count=self.support.sum(),
            macro_f1=self.macro_f1,
        )
        second = f"{padded(heading, width)}  " + _("precision  recall     F1  support")
        return "\n".join([first, second, *rows])


def classification_report(
    labels: ArrayLike,
    predictions: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> ClassificationReport:
    """Compare predictions with the true labels.

    Args:
        labels: true classes, integers of shape (N,) or one-hot of shape (N, C).
        predictions: predicted classes of shape (N,), or scores or probabilities of shape (N, C),
            of which the largest counts.
        class_names: C names; without them the classes are called by their numbers.
        confidence: level of the interval, between 0 and 1.
        resamples: number of bootstrap samples.
        seed: makes the interval reproducible.

    Raises:
        CourseError: lengths differ, nothing to compare, or a class without a name.
    """
    labels, predictions = _paired(labels, predictions)
    count = 1 + int(max(labels.max(), predictions.max()))
    names = tuple(class_names) if class_names is not None else tuple(map(str, range(count)))
    if count > len(names):
        problem = _(
            "There is a class {number}, but only {names} class names. Pass one name "
            "per class, in the order of the class numbers."
        )
        raise CourseError(problem.format(number=count - 1, names=len(names)))
    classes = np.arange(len(names))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predictions, labels=classes, zero_division=0
    )
    return ClassificationReport(
        accuracy=float(metrics.accuracy_score(labels, predictions)),
        accuracy_interval=accuracy_interval(
            labels, predictions, confidence=confidence, resamples=resamples, seed=seed
        ),
        confidence=confidence,
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
        macro_f1=float(f1.mean()),
        confusion=metrics.confusion_matrix(labels, predictions, labels=classes),
        class_names=names,
    )


def accuracy_interval(
    labels: ArrayLike,
    predictions: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the percentile bootstrap interval of the accuracy (Efron & Tibshirani 1993, ch. 13).

    It answers: how much could this number have moved, had other N examples been drawn for the test
    set? It does not cover another training run.
    """
    labels, predictions = _paired(labels, predictions)
    return mean_interval(
        labels == predictions, confidence=confidence, resamples=resamples, seed=seed
    )


def accuracy_difference_interval(
    labels: ArrayLike,
    predictions: ArrayLike,
    other_predictions: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the interval of (accuracy of `predictions`) - (accuracy of `other_predictions`).

    Both models are compared on the same examples, so the pairs are resampled together: what both
    get right or both get wrong cancels, and the interval is narrower than two separate ones.
    """
    labels, predictions = _paired(labels, predictions)
    other_predictions = _paired(labels, other_predictions)[1]
    gains = (labels == predictions).astype(float) - (labels == other_predictions)
    return mean_interval(gains, confidence=confidence, resamples=resamples, seed=seed)


def mean_interval(
    values: ArrayLike, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Return the percentile bootstrap interval of the mean of `values`, one per example, (N,).

    Raises:
        CourseError: `confidence` is not between 0 and 1, or there are no values.
    """
    values = np.asarray(values, dtype=np.float64)
    _require_share(confidence)
    if len(values) == 0:
        raise CourseError(_("There are no values, so there is no mean."))
    if np.ptp(values) == 0:  # nothing varies, so neither does any resample
        return Interval(float(values[0]), float(values[0]))
    return _bootstrap(values, np.mean, True, confidence, resamples, seed)


def _require_share(confidence: float) -> None:
    if not 0 < confidence < 1:
        problem = _("`confidence` must lie between 0 and 1, such as 0.95; got {confidence}.")
        raise CourseError(problem.format(confidence=confidence))


def _bootstrap(
    sample: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    vectorized: bool,
    confidence: float,
    resamples: int,
    seed: int,
) -> Interval:
    """Return SciPy's percentile bootstrap interval of `statistic` over the rows of `sample`."""
    result = stats.bootstrap(
        (sample,),
        statistic,
        vectorized=vectorized,
        n_resamples=resamples,
        batch=max(1, 2_000_000 // len(sample)),  # at most 16 MB of resamples at a time
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return Interval(float(result.confidence_interval.low), float(result.confidence_interval.high))


def _paired(labels: ArrayLike, predictions: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    labels, predictions = (
        _class_numbers(labels, later("labels")),
        _class_numbers(predictions, later("predictions")),
    )
    if len(labels) != len(predictions):
        problem = _(
            "{labels} labels but {predictions} predictions: there must be "
            "one prediction per label, in the same order."
        )
        raise CourseError(problem.format(labels=len(labels), predictions=len(predictions)))
    if len(labels) == 0:
        raise CourseError(_("There are no labels, so there is nothing to evaluate."))
    return labels, predictions


def _class_numbers(values: ArrayLike, what: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind in "iu":
        array = array[:, 0]  # Keras delivers labels as a column
    if array.ndim == 2 and array.shape[1] > 1:
        if np.isnan(array.astype(np.float64)).any():
            problem = _("The {what} contain NaN. Training has probably diverged.")
            raise CourseError(problem.format(what=_(what)))
        array = array.argmax(axis=1)
    whole = array.dtype.kind in "iu" or (array.dtype.kind == "f" and np.all(array == array.round()))
    if array.ndim != 1 or not whole or (len(array) and array.min() < 0):
        problem = _(
            "The {what} have shape {shape} and type {dtype}. Needed are class numbers "
            "0, 1, 2, … of shape (N,), or one column per class, shape (N, C)."
        )
        raise CourseError(problem.format(what=_(what), shape=array.shape, dtype=array.dtype))
    return array.astype(np.int64)


def metric_interval(
    metric: Callable[[np.ndarray, np.ndarray], float],
    labels: ArrayLike,
    outputs: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the percentile bootstrap interval of any metric (Efron & Tibshirani 1993, ch. 13).

    Examples are drawn with replacement, each with its label and its output, and the metric is
    computed anew for every draw. Unlike `accuracy_interval` this also serves metrics that are no
    mean over the examples, such as F1 or the area under a curve.

    Args:
        metric: metric(labels, outputs) -> number, for example `sklearn.metrics.roc_auc_score`.
        labels: shape (N,) or (N, ...), handed to `metric` row by row as they are.
        outputs: what the model said, N rows: classes, scores or probabilities.
        confidence: level of the interval, between 0 and 1.
        resamples: number of bootstrap samples.
        seed: makes the interval reproducible.

    Raises:
        CourseError: other numbers of labels than outputs, fewer than two, or the metric is
            undefined (NaN) for some of the draws.
    """
    labels, outputs = np.asarray(labels), np.asarray(outputs)
    if len(labels) != len(outputs) or len(labels) < 2:
        problem = _(
            "There are {labels} labels and {outputs} outputs: one output "
            "per label is needed, and at least two of each."
        )
        raise CourseError(problem.format(labels=len(labels), outputs=len(outputs)))
    _require_share(confidence)

    def of_rows(rows: np.ndarray) -> float:
        value = float(metric(labels[rows], outputs[rows]))
        if np.isnan(value):
            raise CourseError(
                _(
                    "The metric is undefined for some resamples, probably because they hold "
                    "no example of one class. Use more examples, or a metric with "
                    "`zero_division`."
                )
            )
        return value

    return _bootstrap(np.arange(len(labels)), of_rows, False, confidence, resamples, seed)


def metric_by_slice(
    metric: Callable[[np.ndarray, np.ndarray], float],
    labels: ArrayLike,
    outputs: ArrayLike,
    slices: Mapping[str, ArrayLike],
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[float, Interval]]:
    """Return name -> (metric, its bootstrap interval) for parts of the examples.

    Args:
        metric: metric(labels, outputs) -> number.
        labels: N labels.
        outputs: N outputs of the model.
        slices: name -> bool mask of shape (N,), True for the examples that belong to the slice.
        confidence: level of each interval; with k slices, expect about k (1 - confidence) of them
            to miss the true value.
        resamples: number of bootstrap samples.
        seed: makes the intervals reproducible.

    The result can be handed to `plots.intervals`.

    Raises:
        CourseError: a slice with fewer than two examples, or a mask that does not fit.
    """
    labels, outputs = np.asarray(labels), np.asarray(outputs)
    found = {}
    for name, mask in slices.items():
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != labels.shape[:1]:
            problem = _("The slice {name!r} is not a mask: give {labels} values True or False.")
            raise CourseError(problem.format(name=name, labels=len(labels)))
        if mask.sum() < 2:
            problem = _("The slice {name!r} holds {count} examples; two are needed.")
            raise CourseError(problem.format(name=name, count=mask.sum()))
        part = labels[mask], outputs[mask]
        interval = metric_interval(
            metric, *part, confidence=confidence, resamples=resamples, seed=seed
        )
        found[name] = float(metric(*part)), interval
    return found


def yes_no_metrics(
    labels: ArrayLike,
    scores: ArrayLike,
    threshold: float = 0.5,
    *,
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> dict[str, tuple[float, Interval]]:
    """Return accuracy, recall, precision, F1 and ROC-AUC of a yes/no question, each with interval.

    Args:
        labels: bool (N,), True where the answer is yes.
        scores: (N,), higher for likelier yes; the answer is yes when `score >= threshold`.
        threshold: in the unit of the scores.
        confidence: level of the intervals.
        resamples: number of bootstrap samples.
        seed: makes the intervals reproducible.

    Raises:
        CourseError: the labels are not a bool array, hold only one of the two answers, or there are
            other numbers of labels than of scores.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if labels.dtype != bool or labels.all() or not labels.any():
        raise CourseError(_("`labels` is a bool array with True for yes; both answers must occur."))
    found = {}
    for name, (metric, outputs) in {
        "accuracy": (metrics.accuracy_score, scores >= threshold),
        "recall": (_recall, scores >= threshold),
        "precision": (_precision, scores >= threshold),
        "F1": (_f1, scores >= threshold),
        "ROC-AUC": (metrics.roc_auc_score, scores),
    }.items():
        interval = metric_interval(
            metric, labels, outputs, confidence=confidence, resamples=resamples, seed=seed
        )
        found[name] = float(metric(labels, outputs)), interval
    return found


# scikit-learn's versions take a thousand times as long as these sums, and the bootstrap calls them
# hundreds of times; a test compares the two.
def _recall(labels: np.ndarray, raised: np.ndarray) -> float:
    return (labels & raised).sum() / max(labels.sum(), 1)


def _precision(labels: np.ndarray, raised: np.ndarray) -> float:
    return (labels & raised).sum() / max(raised.sum(), 1)


def _f1(labels: np.ndarray, raised: np.ndarray) -> float:
    return 2 * (labels & raised).sum() / max(labels.sum() + raised.sum(), 1)
