"""What lesson 03 says about mode collapse, over seeds and on imitated machines.

The trainings are the lesson's own, with its networks, steps and measures, each in the lesson's
three ways; a fourth shows that many steps of G do little harm when they are small. One machine
takes about five minutes on a core. `benchmarks/results/collapse.json` keeps the ranges.
"""

import json
import sys
from collections.abc import Mapping

import numpy as np

from benchmarks import machines
from course_tools.authoring import lesson_code

LESSON = "03_gans"
# What the prose calls collapsed: not more than this many of the eight modes at any look.
FEW_MODES = 2
SEEDS = 20
SMALL_STEPS = {"10 small steps of G": {"generator_steps": 10, "rates": (0.0002, 0.002)}}


def measure(seed: int, way: Mapping, lesson=None) -> dict[str, float]:
    """Return what the prose speaks of for one training: at its last look, and over all looks."""
    lesson = lesson or lesson_code.definitions(LESSON)
    looks = lesson.train_on_ring(seed, **way)
    ring = lesson.ring_of_points(500, seed=100)
    middles = np.array([np.median(points, axis=0) for points in looks])
    return {
        "modes at the last look": lesson.modes_covered(looks[-1]),
        "modes at any look": max(map(lesson.modes_covered, looks)),
        "good points at the last look": lesson.good_points(looks[-1]),
        "median width": float(np.median([lesson.width(points) for points in looks])),
        "coverage at the last look": lesson.coverage(ring, looks[-1]),
        "coverage at any look": max(lesson.coverage(ring, points) for points in looks),
        "longest way between looks": float(np.linalg.norm(np.diff(middles, axis=0), axis=1).max()),
    }


def ways(lesson, machine: str) -> dict[str, Mapping]:
    """Return how the game is trained on a machine; the fourth way on this one only."""
    return lesson.WAYS | (SMALL_STEPS if machine == machines.AS_IT_IS.name else {})


def run() -> list[str]:
    """Train on every machine that can be imitated; return a line for each way and measure."""
    found: dict[str, list[dict[str, float]]] = {}
    trained_on = machines.imitable(machines.named(machines.MOST_DIFFERENT))
    for machine in trained_on:
        for way, trainings in machine.measure("benchmarks.collapse", machine.name).items():
            found.setdefault(way, []).extend(trainings)
    return [
        f"{SEEDS} seeds on each of the machines {', '.join(each.name for each in trained_on)}",
        *(line for way, trainings in found.items() for line in _lines(way, trainings)),
    ]


def _lines(way: str, trainings: list[dict[str, float]]) -> list[str]:
    ranges = {name: _range([each[name] for each in trainings]) for name in trainings[0]}
    collapsed = sum(map(_collapsed, trainings))
    return [
        *(f"{way}, {len(trainings)} trainings: {name} {r}" for name, r in ranges.items()),
        f"{way}: {collapsed} of {len(trainings)} trainings have collapsed",
    ]


def _collapsed(training: Mapping[str, float]) -> bool:
    return training["modes at any look"] <= FEW_MODES


def _range(values: list[float]) -> str:
    return f"{np.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def main(machine: str) -> None:
    """Print, as JSON, what each way's trainings came to in this process."""
    lesson = lesson_code.definitions(LESSON)
    found = {
        name: [measure(seed, way, lesson) for seed in range(SEEDS)]
        for name, way in ways(lesson, machine).items()
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
