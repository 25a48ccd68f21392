"""How far results that involve no training differ between machines: what their tests allow for.

The cells below are computed on every machine of `benchmarks/machines.py`, each in a process of its
own; `benchmarks/results/spread_values.json` keeps the numbers. A test computes a cell anew and
compares it with the shipped result: `allowed` is the largest difference between these machines,
plus one test image.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import labels, machines, pretraining, results
from course_lib import data

KEPT = results.FOLDER / "spread_values.json"
PURPOSE = "the benchmark of the spread between machines"
ONE_IMAGE = 0.001  # the smaller test part has 1,000


def probe_on(method: str) -> dict[str, float]:
    """Return accuracies of lesson 02's probe at night, seed 0, for each number of labels."""
    cell = pretraining.compute_cell("night", method, 0)["chosen"]
    wanted = pretraining.make_setting("night", 0).test.labels
    return {f"night, {method}, {n} labels": float(np.mean(cell[n] == wanted)) for n in cell}


def few_labels_on_pixels() -> dict[str, float]:
    """Return accuracies of lesson 01's probe on pixels, seed 2."""
    cifar = data.load_cifar10()
    test = cifar.test.open_for(PURPOSE, again=True)
    found = {}
    with threadpool_limits(1, "blas"):
        for count in (1, 10):
            drawn = data.take_per_class(cifar.train, count, seed=2)
            probe = labels.LESSON.probe(labels.FIXED_PENALTY)
            fitted = probe.fit(drawn.images.reshape(len(drawn.images), -1), drawn.labels)
            accuracy = fitted.score(test.images.reshape(len(test.images), -1), test.labels)
            found[f"photos, pixels, {count} labels"] = float(accuracy)
    return found


CELLS: dict[str, Callable[[], dict[str, float]]] = {
    "probe on pixels": lambda: probe_on("pixels"),
    "probe on PCA": lambda: probe_on("PCA"),
    "few labels on pixels": few_labels_on_pixels,
}


def allowed(name: str, path: Path = KEPT) -> float:
    """Return how far a cell computed anew may lie from the shipped result."""
    values = json.loads(path.read_text(encoding="utf-8"))["cells"][name].values()
    return max(values) - min(values) + ONE_IMAGE


def measure() -> dict[str, float]:
    """Return all cells as they come out in this process."""
    return {name: value for cell in CELLS.values() for name, value in cell().items()}


def run() -> list[str]:
    """Measure on every machine that can be imitated, keep it, and return a line for each cell."""
    found: dict[str, dict[str, float]] = {}
    for machine in machines.imitable():
        for name, value in machine.measure("benchmarks.spread").items():
            found.setdefault(name, {})[machine.name] = value
    results.write(KEPT, {"measured on": results.machine(), "cells": found})
    return [_line(name, by_machine) for name, by_machine in found.items()]


def _line(name: str, by_machine: Mapping[str, float]) -> str:
    values = by_machine.values()
    return f"{name}: {min(values):.4f} to {max(values):.4f} on {len(by_machine)} machines"


if __name__ == "__main__":
    print(json.dumps(measure()))
