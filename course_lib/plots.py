"""Plots of the course. Each function returns its Matplotlib figure and shows nothing by itself.

As the last line of a notebook cell the returned figure is displayed; elsewhere save it with
`figure.savefig(path)`. Colours are Okabe and Ito's (2008), which colour-blind readers can tell
apart; markers, line styles and printed numbers say the same again in a black-and-white print.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from sklearn import metrics
from sklearn.calibration import calibration_curve

from course_lib import fonts
from course_lib.errors import CourseError
from course_lib.evaluation import ClassificationReport, Interval
from course_lib.language import _, later, wrapped

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# Metrics of Keras that stand beside an axis: here for the catalogues.
_METRICS = (later("accuracy"), later("loss"))


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
        raise CourseError(_("There is no history to draw. Pass what model.fit returned."))
    figure, axes = _new_figure(7, 4)
    looks = itertools.cycle(zip(COLOURS, MARKERS, strict=True))
    for (label, history), (colour, marker) in zip(histories.items(), looks, strict=False):
        values = getattr(history, "history", history)
        if metric not in values:
            problem = _("The history has no {metric!r}. It has: {others}.")
            raise CourseError(problem.format(metric=metric, others=", ".join(sorted(values))))
        _draw_curve(axes, values[metric], _named(label, _("training")), colour, marker, "--")
        if f"val_{metric}" in values:
            _draw_curve(
                axes, values[f"val_{metric}"], _named(label, _("validation")), colour, marker, "-"
            )
    axes.set(xlabel=_("epoch"), ylabel=_(metric), title=title)
    axes.locator_params(axis="x", integer=True)
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
    axes.set(xlabel=_("predicted class"), ylabel=_("true class"), title=title)
    return figure


def image_grid(
    images: np.ndarray | Sequence[np.ndarray],
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
    pictures = [np.asarray(image) for image in images]
    if not pictures:
        raise CourseError(_("There are no images to draw."))
    if titles is not None and len(titles) != len(pictures):
        problem = _("{images} images but {titles} titles: give one title each.")
        raise CourseError(problem.format(images=len(pictures), titles=len(titles)))
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    fonts.fit_to_language()
    figure = plt.figure(figsize=(1.6 * columns, 1.85 * rows), layout="constrained")
    for index, image in enumerate(pictures):
        axes = figure.add_subplot(rows, columns, index + 1)
        axes.imshow(_displayable(image), cmap="gray")
        axes.set_axis_off()
        if titles is not None:
            axes.set_title(_wrapped(titles[index]), fontsize=8)
    figure.suptitle(title)
    return _finished(figure)


def intervals(
    values: Mapping[str, tuple[float, Interval]],
    *,
    guesses: Mapping[str, Any] | None = None,
    xlabel: str = later("accuracy"),
    title: str = "",
) -> Figure:
    """Draw one point with its interval per label, the first at the top.

    Args:
        values: label -> (value, (low, high)), all in the unit of `xlabel`.
        guesses: label -> what the learner had guessed, in the same unit; None where there is none.
        xlabel: names the quantity.
        title: written above the axes.

    Raises:
        CourseError: there are no values, or a guess has a label that no value has.
    """
    if not values:
        raise CourseError(_("There are no values to draw."))
    figure, axes = _new_figure(7, 0.8 + 0.5 * len(values))
    for row, (value, interval) in enumerate(values.values()):
        axes.plot([interval[0], interval[1]], [row, row], color=COLOURS[0], linewidth=2)
        axes.plot(value, row, "o", color=COLOURS[1])
        above: dict[str, Any] = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center"}
        axes.annotate(f"{value:.3f}", (value, row), fontsize=8, **above)
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(len(values) - 0.5, -0.7)
    rows = {label: row for row, label in enumerate(values)}
    if unknown := set(guesses or {}) - set(rows):
        problem = _("There is no value for the guess of {names}.")
        raise CourseError(problem.format(names=", ".join(sorted(unknown))))
    mark_guesses(axes, [(guess, rows[label]) for label, guess in (guesses or {}).items()])
    axes.set(xlabel=_(xlabel), title=title)
    axes.grid(axis="x", alpha=0.3)
    return figure


def bars(values: Mapping[str, float], *, xlabel: str = "", title: str = "") -> Figure:
    """Draw one horizontal bar for each label, the first at the top.

    Args:
        values: label -> finite number.
        xlabel: names the quantity and its unit.
        title: written above the axes.

    Raises:
        CourseError: there are no values.
    """
    if not values:
        raise CourseError(_("There are no values to draw."))
    figure, axes = _new_figure(7, 0.9 + 0.22 * len(values))
    axes.barh(list(values), list(values.values()), color=COLOURS[0], height=0.7)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.tick_params(axis="y", labelsize=8)
    axes.set(xlabel=xlabel, title=title)
    axes.grid(axis="x", alpha=0.3)
    return figure


def ranking_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    weights: Mapping[str, ArrayLike] | None = None,
    title: str = "",
) -> Figure:
    """Draw ROC curves (left) and precision-recall curves (right) of scores for a yes/no question.

    Args:
        curves: name -> (labels of shape (N,), true or 1 for "yes"; scores of shape (N,), higher for
            a likelier "yes").
        weights: name -> weight of each example, for curves that need some.
        title: written above the axes.

    The legends hold the area under the ROC curve and the average precision, both computed by
    scikit-learn. Dotted: what scores without any information give.

    Raises:
        CourseError: no curve, or labels that are all the same.
    """
    if not curves:
        raise CourseError(_("There are no scores to draw."))
    fonts.fit_to_language()
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.8), layout="constrained")
    _finished(figure)
    left.plot([0, 1], [0, 1], ":", color="grey")
    looks = itertools.cycle(zip(COLOURS, ("-", "--", "-.", (0, (1, 1))), strict=False))
    for (name, (labels, scores)), (colour, style) in zip(curves.items(), looks, strict=False):
        labels = np.asarray(labels).astype(bool)
        weight = np.asarray(weights[name]) if weights and name in weights else None
        if labels.all() or not labels.any():
            problem = _("The labels of {name!r} are all the same: nothing to tell apart.")
            raise CourseError(problem.format(name=name))
        look = {"color": colour, "linestyle": style}
        false_alarms, hits = metrics.roc_curve(labels, scores, sample_weight=weight)[:2]
        area = metrics.roc_auc_score(labels, scores, sample_weight=weight)
        in_words = _("{name}: area {area:.3f}").format(name=name, area=area)
        left.plot(false_alarms, hits, label=in_words, **look)
        precision, recall = metrics.precision_recall_curve(labels, scores, sample_weight=weight)[:2]
        average = metrics.average_precision_score(labels, scores, sample_weight=weight)
        share = np.average(labels, weights=weight)
        in_words = _("{name}: average precision {average:.3f}").format(name=name, average=average)
        right.step(recall, precision, where="pre", label=in_words, **look)
        right.axhline(share, linestyle=":", color=colour)
    left.set(xlabel=_("false alarms / all negatives"), ylabel=_("recall"), title=_("ROC curve"))
    right.set(xlabel=_("recall"), ylabel=_("precision"), title=_("precision-recall curve"))
    right.set(ylim=(-0.02, 1.02))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16))
    figure.suptitle(title)
    return figure


def reliability(
    answers: Mapping[str, tuple[ArrayLike, ArrayLike]], *, bins: int = 10, title: str = ""
) -> Figure:
    """Draw reliability diagrams: how often answers were right against how sure the model was.

    Args:
        answers: name -> (confidence of shape (N,), 0 to 1; whether each answer was right, bool of
            shape (N,)).
        bins: number of equal bins between 0 and 1; empty ones are left out.
        title: written above the axes.

    A larger mark stands for more answers; below, their share in each bin. The right answers come
    from scikit-learn's `calibration_curve`.

    Raises:
        CourseError: no answers, or confidences outside 0 to 1.
    """
    if not answers:
        raise CourseError(_("There are no answers to draw."))
    fonts.fit_to_language()
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(5.6, 6), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    _finished(figure)
    upper.plot([0, 1], [0, 1], ":", color="grey", label=_("as sure as right"))
    looks = itertools.cycle(zip(COLOURS, MARKERS, strict=True))
    edges = np.linspace(0, 1, bins + 1)
    for index, ((name, (confidence, right)), (colour, marker)) in enumerate(
        zip(answers.items(), looks, strict=False)
    ):
        confidence = np.asarray(confidence, dtype=float)
        if len(confidence) == 0 or not (confidence.min() >= 0 and confidence.max() <= 1):
            problem = _("The confidences of {name!r} must be numbers from 0 to 1.")
            raise CourseError(problem.format(name=name))
        shares, means = calibration_curve(
            np.asarray(right).astype(int), confidence, pos_label=1, n_bins=bins, strategy="uniform"
        )
        # The bin edges are those of calibration_curve, whose bins have their right end closed.
        counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
        sizes = 15 + 150 * np.sqrt(counts[counts > 0] / counts.max())
        look = {"color": colour, "marker": marker}
        upper.plot(means, shares, linewidth=0.8, markersize=4, label=name, **look)
        upper.scatter(means, shares, s=sizes, **look)
        width = 0.8 / bins / len(answers)
        lower.bar(
            edges[:-1] + 0.1 / bins + (index + 0.5) * width,
            counts / len(confidence),
            width,
            color=colour,
        )
    upper.set(ylabel=_("share of right answers"), title=title, ylim=(-0.02, 1.02))
    lower.set(xlabel=_("confidence of the model"), ylabel=_("share of answers"))
    lower.set(xlim=(-0.02, 1.02))
    upper.grid(alpha=0.3)
    upper.legend()
    return figure


def lines(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    marks: Mapping[str, float] | None = None,
    guesses: Sequence[tuple[Any, Any]] = (),
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    log_x: bool = False,
) -> Figure:
    """Draw lines through points, and vertical marks.

    Args:
        curves: name -> (x, y), each of shape (N,).
        marks: name -> x of a vertical line.
        guesses: (x, y) of what the learner had guessed; one with a None is left out.
        xlabel: names the x axis.
        ylabel: names the y axis.
        title: written above the axes.
        log_x: use a logarithmic x axis.

    Raises:
        CourseError: there is no curve.
    """
    if not curves:
        raise CourseError(_("There are no curves to draw."))
    figure, axes = _new_figure(7, 4)
    looks = itertools.cycle(zip(COLOURS, ("-", "--", "-.", (0, (1, 1))), strict=False))
    for (name, (x, y)), (colour, style) in zip(curves.items(), looks, strict=False):
        axes.plot(x, y, color=colour, linestyle=style, label=name)
    dots = itertools.cycle((":", (0, (5, 1, 1, 1)), (0, (3, 3))))
    for (name, x), dotted in zip((marks or {}).items(), dots, strict=False):
        axes.axvline(x, color="black", linestyle=dotted, linewidth=1, label=name)
    mark_guesses(axes, guesses)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if log_x:
        axes.set_xscale("log")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def histograms(
    values: Mapping[str, ArrayLike],
    *,
    xlabel: str = "",
    ylabel: str = later("count"),
    title: str = "",
) -> Figure:
    """Draw histograms of several sets of numbers over each other, in common bins.

    Args:
        values: name -> numbers of shape (N,).
        xlabel: names the quantity and its unit.
        ylabel: names what is counted.
        title: written above the axes.

    Raises:
        CourseError: there is nothing to draw.
    """
    if not values or any(np.size(numbers) == 0 for numbers in values.values()):
        raise CourseError(_("There are no numbers to draw."))
    figure, axes = _new_figure(7, 4)
    everything = np.concatenate([np.ravel(numbers) for numbers in values.values()])
    edges = np.histogram_bin_edges(everything, bins=30).tolist()
    hatches = itertools.cycle(("", "///", "..."))
    looks = itertools.cycle(COLOURS)
    for (name, numbers), colour, hatch in zip(values.items(), looks, hatches, strict=False):
        look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white"}
        axes.hist(np.ravel(numbers), edges, label=name, alpha=0.6, **look)
    axes.set(xlabel=xlabel, ylabel=_(ylabel), title=title)
    axes.grid(axis="y", alpha=0.3)
    axes.legend()
    return figure


def pareto(
    points: Mapping[str, tuple[float, float]],
    front: Sequence[str] = (),
    *,
    intervals: Mapping[str, Interval] | None = None,
    xlabel: str = "",
    ylabel: str = later("accuracy"),
    title: str = "",
    log_x: bool = False,
) -> Figure:
    """Draw candidates by cost and quality, and the line of those that nothing beats in both.

    Args:
        points: name -> (cost, quality).
        front: the names on the Pareto front; the others are drawn pale. Empty: a plain scatter
            plot. With more than 16 points only the front is named.
        intervals: name -> interval of the quality, drawn as a vertical bar.
        xlabel: names the cost and its unit.
        ylabel: names the quality.
        title: written above the axes.
        log_x: use a logarithmic x axis.

    Raises:
        CourseError: there is nothing to draw, or a name on the front has no point.
    """
    if not points:
        raise CourseError(_("There are no points to draw."))
    if unknown := [name for name in front if name not in points]:
        problem = _("These names on the front have no points: {names}.")
        raise CourseError(problem.format(names=", ".join(unknown)))
    figure, axes = _new_figure(7.5, 4.8)
    for name, interval in (intervals or {}).items():
        axes.plot([points[name][0]] * 2, interval, color="grey", linewidth=1, zorder=1)
    others = [name for name in points if name not in front]
    for names, look in (
        (others, {"color": COLOURS[0], "marker": "o", "alpha": 0.45 if front else 0.9}),
        (list(front), {"color": COLOURS[1], "marker": "s"}),
    ):
        if names:
            x, y = zip(*(points[name] for name in names), strict=True)
            label = (_("dominated"), _("Pareto front"))[look["marker"] == "s"] if front else None
            axes.scatter(x, y, zorder=2, label=label, **look)
    steps = sorted(points[name] for name in front)
    if steps:
        axes.step(*zip(*steps, strict=True), where="post", color=COLOURS[1], linewidth=1)
        axes.legend(loc="lower right")
    if log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.margins(x=0.12, y=0.1)
    axes.set(xlabel=xlabel, ylabel=_(ylabel), title=title)
    axes.grid(alpha=0.3)
    _name_points(
        figure, axes, {name: points[name] for name in (points if len(points) <= 16 else front)}
    )
    return figure


def _name_points(figure: Figure, axes: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """Write each name beside its point, where it covers the fewest other names and points."""
    figure.draw_without_rendering()  # lays out the axes, so that positions in pixels are known
    marks = axes.transData.transform(list(points.values()))
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in marks]
    sides = ((5, "left"), (-5, "right"))
    places = [(x, y, side) for y in (4, -10, 13, -19) for x, side in sides]
    for name, position in points.items():
        tries = []
        for x, y, side in places:
            beside: dict[str, Any] = {"xytext": (x, y), "textcoords": "offset points", "ha": side}
            text = axes.annotate(name, position, fontsize=8, **beside)
            box = text.get_window_extent()
            inside = axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1
            tries.append((box.count_overlaps(taken) + 10 * (not inside), text, box))
        _, kept, box = min(tries, key=lambda entry: entry[0])
        taken.append(box)
        for _, text, _ in tries:
            if text is not kept:
                text.remove()


def mark_guesses(axes: Axes, places: Sequence[tuple[Any, Any]]) -> None:
    """Mark what the learner had guessed, at (x, y); one with a None is no guess and left out."""
    known = [place for place in places if None not in place]
    if known:
        x, y = zip(*known, strict=True)
        look: dict[str, Any] = {"color": "black", "markersize": 9, "markerfacecolor": "none"}
        axes.plot(x, y, "*", label=_("your guess"), **look)
        axes.legend(fontsize=8)


def _new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    fonts.fit_to_language()
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    return _finished(figure), axes


def _finished(figure: Figure) -> Figure:
    # Taken out of pyplot's list, or a notebook would show it twice: once as the cell's value and
    # once because it is still open.
    plt.close(figure)
    return figure


def _named(label: str, part: str) -> str:
    return _("{label}, {part}").format(label=label, part=part) if label else part


def _draw_curve(
    axes: Axes, values: ArrayLike, label: str, colour: str, marker: str, style: str
) -> None:
    values = np.asarray(values, dtype=float)
    epochs = np.arange(1, len(values) + 1)
    axes.plot(epochs, values, style, color=colour, marker=marker, markersize=4, label=label)


def _wrapped(text: str, width: int = 20) -> str:
    """Break long lines, or the titles of neighbouring images would run into each other."""
    return "\n".join(part for line in str(text).splitlines() for part in wrapped(line, width))


def _displayable(image: np.ndarray) -> np.ndarray:
    image = image.squeeze()
    if image.dtype.kind == "f" and image.size and image.max() > 1.0:
        image = image / 255.0
    return np.clip(image, 0, 1) if image.dtype.kind == "f" else image
