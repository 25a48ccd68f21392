"""One figure of each plot, for tests of what is drawn and of how it looks in a page."""

import numpy as np

from course_lib import evaluation, plots

HISTORY = {"accuracy": [0.5, 0.7, 0.8], "val_accuracy": [0.4, 0.5, 0.45]}
REPORT = evaluation.classification_report([0, 1, 1, 2], [0, 1, 2, 2], ["cat", "dog", "owl"])


def plots_of_a_training():
    interval = evaluation.Interval(0.7, 0.8)
    return [
        plots.learning_curves({"head": HISTORY}),
        plots.confusion_matrix(REPORT, title="on the test part"),
        plots.image_grid(np.zeros((7, 8, 8, 3), np.uint8), list("abcdefg"), columns=3),
        plots.intervals({"first": (0.75, interval), "second": (0.7, interval)}),
        plots.bars({f"layer {i}": i / 3 for i in range(25)}, xlabel="per cent"),
    ]


RANDOM = np.random.default_rng(0)
LABELS = RANDOM.random(200) < 0.3
SCORES = np.clip(RANDOM.normal(0.3 + 0.3 * LABELS, 0.2), 0, 1)


def plots_of_metrics():
    return [
        plots.ranking_curves({"model": (LABELS, SCORES)}, title="on the test part"),
        plots.reliability({"a": (SCORES, LABELS), "b": (SCORES / 2, LABELS)}),
        plots.lines({"cost": ([0.1, 1.0], [3, 2])}, marks={"best": 0.5, "habit": 0.6}, log_x=True),
        plots.histograms({"first": SCORES, "second": SCORES[LABELS]}),
    ]


def all_plots():
    return plots_of_a_training() + plots_of_metrics()
