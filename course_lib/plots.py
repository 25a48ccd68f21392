"""Plots of the course. Each function returns its Matplotlib figure and shows nothing by itself.

As the last line of a notebook cell the returned figure is displayed; elsewhere save it with
`figure.savefig(path)`. Colours are Okabe and Ito's (2008), which colour-blind readers can tell
apart; markers, line styles and printed numbers say the same again in a black-and-white print.
"""

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_lib.errors import CourseError
from course_lib.evaluation import ClassificationReport, Interval

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def learning_curves(
    histories: Mapping[str, Any] | Any, metric: str = "accuracy", *, title: str = ""
) -> Figure:
    """Draw training (dashed) and validation (solid) curves against the epoch.

    Args:
        histories: what `model.fit` returned, or a mapping from a label to such.
        metric: a key of the history, such as `"accuracy"` or `"loss"`.
        title: written above the axes.

    Raises:
        CourseError: no history, or one that has no such metric.
    """
    if not isinstance(histories, Mapping):
        histories = {"": histories}
    if not histories:
        raise CourseError("There is no history to draw. Pass what model.fit returned.")
    figure, axes = _new_figure(7, 4)
    looks = itertools.cycle(zip(COLOURS, MARKERS, strict=True))
    for (label, history), (colour, marker) in zip(histories.items(), looks, strict=False):
        values = getattr(history, "history", history)
        if metric not in values:
            raise CourseError(
                f"The history has no {metric!r}. It has: {', '.join(sorted(values))}."
            )
        _draw_curve(axes, values[metric], f"{label} training", colour, marker, "--")
        if f"val_{metric}" in values:
            _draw_curve(axes, values[f"val_{metric}"], f"{label} validation", colour, marker, "-")
    axes.set(xlabel="epoch", ylabel=metric, title=title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def confusion_matrix(report: ClassificationReport, *, title: str = "") -> Figure:
    """Draw the confusion matrix of a report: shade = share of the row, number = count."""
    counts = report.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.0, 0.62 * len(counts) + 1.5)
    figure, axes = _new_figure(side, side)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.55 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    ticks = np.arange(len(counts))
    axes.set_xticks(ticks, report.class_names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, report.class_names)
    axes.set(xlabel="predicted class", ylabel="true class", title=title)
    return figure


def image_grid(
    images: ArrayLike | Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 6,
    title: str = "",
) -> Figure:
    """Draw images in rows of `columns`.

    Args:
        images: N images of shape (height, width, 3) or (height, width); integers 0 to 255 or floats
            0 to 1 (floats above 1 are taken as 0 to 255).
        titles: N short texts, one above each image.
        columns: images per row.
        title: written above the grid.

    Raises:
        CourseError: no images, or another number of titles than images.
    """
    images = [np.asarray(image) for image in images]
    if not images:
        raise CourseError("There are no images to draw.")
    if titles is not None and len(titles) != len(images):
        raise CourseError(f"{len(images)} images but {len(titles)} titles: give one title each.")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = plt.figure(figsize=(1.6 * columns, 1.85 * rows), layout="constrained")
    for index, image in enumerate(images):
        axes = figure.add_subplot(rows, columns, index + 1)
        axes.imshow(_displayable(image), cmap="gray")
        axes.set_axis_off()
        if titles is not None:
            axes.set_title(_wrapped(titles[index]), fontsize=8)
    figure.suptitle(title)
    return _finished(figure)


def intervals(
    values: Mapping[str, tuple[float, Interval]], *, xlabel: str = "accuracy", title: str = ""
) -> Figure:
    """Draw one point with its interval per label, the first at the top.

    Args:
        values: label -> (value, (low, high)), all in the unit of `xlabel`.
        xlabel: names the quantity.
        title: written above the axes.
    """
    if not values:
        raise CourseError("There are no values to draw.")
    figure, axes = _new_figure(7, 0.8 + 0.5 * len(values))
    for row, (value, interval) in enumerate(values.values()):
        axes.plot([interval[0], interval[1]], [row, row], color=COLOURS[0], linewidth=2)
        axes.plot(value, row, "o", color=COLOURS[1])
        axes.annotate(f"{value:.3f}", (value, row), xytext=(0, 6), textcoords="offset points",
                      ha="center", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(len(values) - 0.5, -0.7)
    axes.set(xlabel=xlabel, title=title)
    axes.grid(axis="x", alpha=0.3)
    return figure


def _new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    return _finished(figure), axes


def _finished(figure: Figure) -> Figure:
    # Taken out of pyplot's list, or a notebook would show it twice: once as the cell's value and
    # once because it is still open.
    plt.close(figure)
    return figure


def _draw_curve(
    axes: Axes, values: ArrayLike, label: str, colour: str, marker: str, style: str
) -> None:
    values = np.asarray(values, dtype=float)
    epochs = np.arange(1, len(values) + 1)
    axes.plot(epochs, values, style, color=colour, marker=marker, markersize=4, label=label.strip())


def _wrapped(text: str, width: int = 20) -> str:
    """Break long lines, or the titles of neighbouring images would run into each other."""
    return "\n".join(textwrap.fill(line, width) for line in str(text).splitlines())


def _displayable(image: np.ndarray) -> np.ndarray:
    image = image.squeeze()
    if image.dtype.kind == "f" and image.size and image.max() > 1.0:
        image = image / 255.0
    return np.clip(image, 0, 1) if image.dtype.kind == "f" else image
