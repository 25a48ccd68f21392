"""What lessons 02 and 03 both ask of the results over seeds that come with the course."""

import numpy as np

UNDECIDED = "undecided undecided undecided undecided"


def verdicts(lesson, setting, method, rival, **settings):
    """Return the verdict for 1, 5, 10 and 50 labels per class, in one string."""
    counts = lesson.results.labels_per_class
    return " ".join(lesson.results.verdict(setting, method, rival, n, **settings) for n in counts)


def leads_over(lesson, setting, method, rival, counts=None):
    """Return accuracy minus that of the rival: (labels per class, seeds)."""
    accuracy = lesson.results.accuracy
    return np.array(
        [
            accuracy(setting, method, n) - accuracy(setting, rival, n)
            for n in counts or lesson.results.labels_per_class
        ]
    )
