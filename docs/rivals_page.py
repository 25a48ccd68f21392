"""Which rival each claim of the lessons was measured against, what both were given, what came out.

Read from the assets that the benchmarks write and the lessons read.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from course_lib import assets
from course_lib.comparing import verdict
from course_lib.errors import CourseError
from docs.pages import escaped
from docs.tables import interval, spread, table, versions

_INTRODUCTION = """\
# Rivals

A claim that one thing beats another is worth as much as the rival. This page lists the comparisons
of the lessons: what each side was given, what was chosen for it and among how many candidates, and
what came out. A verdict goes both ways, and its interval is widened for the number of comparisons
that are looked at together; *undecided* does not mean that two methods are equal, but that this
experiment cannot tell them apart. No number was typed.
"""


def page() -> str:
    """Return the page as Markdown."""
    return _INTRODUCTION + "".join(_section(name, shown) for name, shown in SHOWN.items())


def _section(name: str, shown: "_Shown") -> str:
    found = json.loads((assets.FOLDER / shown.asset).read_text(encoding="utf-8"))
    return f"\n## {shown.title}\n\n`python -m benchmarks {name}`. {shown.render(found)}"


# What the methods of lesson 01 know before the first label arrives.
_GIVEN = {
    "pretrained features": "ImageNet's θ in MobileNetV2, at 96 pixels",
    "features of a shuffled θ": "the same θ with the numbers of each array shuffled",
    "pixels": "nothing",
    "small network from scratch": "the views of the lesson as augmentation",
    "ImageNet's names, no label": "ImageNet's θ with its head, and the names of the classes",
}


def _given(method: str) -> str:
    if method not in _GIVEN:
        raise CourseError(f"docs/rivals_page.py does not say what {method!r} was given.")
    return _GIVEN[method]


def _few_labels(found: dict) -> str:
    counts = [str(count) for count in found["labels_per_class"]]
    columns, settings = ["labels per class", *counts], found["settings"]
    accuracies = table(
        [*columns, "knows, beside the labels"],
        ([name, *(spread(values[count]) for count in counts), _given(name)]
         for name, values in found["test_accuracy"].items()),
    )  # fmt: skip
    penalties = table(
        columns,
        ([name, *(f"{values[count]:g}" for count in counts)]
         for name, values in settings["penalties"].items()),
    )  # fmt: skip
    fixed = table(
        columns,
        ([name, *(spread(values[count]) for count in counts)]
         for name, values in found["test_accuracy_with_fixed_penalty"].items()),
    )  # fmt: skip
    claims = table(
        ["first − second", "labels per class", "draws", "gain", "95 % interval", "all together",
         "verdict", "gain on fresh photos", "verdict"],
        (
            [
                f"{claim['first']} − {claim['second']}", str(claim["labels_per_class"]),
                str(claim["draws"]), f"{claim['gain']:+.3f}", interval(claim["interval"]),
                interval(claim["interval_of_all_together"]), claim["verdict"],
                f"{again['gain']:+.3f}", again["verdict"],
            ]
            for claim, again in zip(found["claims"], found["fresh"]["claims"], strict=True)
        ),
    )  # fmt: skip
    return (
        f"Test accuracy of each draw, mean (lowest to highest), on {found['data']}:\n\n"
        f"{accuracies}\nThe `C` of the probes, chosen from {len(settings['penalty_candidates'])} "
        f"candidates by {settings['validation_labels']:,} validation labels:\n\n{penalties}\n"
        f"Test accuracy with `C` = {settings['fixed_penalty']:g} throughout:\n\n{fixed}\n"
        "What the network from scratch was given, and whether twice as many steps give more:\n\n"
        f"{_budgets(found)}\nGains over draws and test photos; the last interval holds for all "
        f"{found['comparisons']} comparisons together. The fresh photos are "
        f"{found['fresh']['data']}:\n\n{claims}\n"
        f"With {versions(found['with'])}.\n"
    )


def _budgets(found: dict) -> str:
    rows = []
    for count, chosen in found["settings"]["from_scratch"].items():
        runs = found["trainings"][count]
        longer = runs["first_draw_twice_as_long"]
        rows.append(
            [
                count, f"{chosen['rate']:g}", f"{chosen['weight_decay']:g}",
                str(len(chosen["candidates"])), f"{chosen['steps']:,}",
                f"{runs['each_draw'][0]['validation_accuracy']:.3f}",
                f"{longer['validation_accuracy']:.3f}",
            ]
        )  # fmt: skip
    return table(
        ["labels per class", "rate", "weight decay", "candidates", "steps",
         "validation accuracy, first draw", "with twice as many steps"],
        rows,
    )  # fmt: skip


def _codes(found: dict) -> str:
    sizes = list(found["pca"])
    rows = [
        ["PCA", *(f"{found['pca'][size]:.1f}" for size in sizes)],
        [f"network, {found['epochs']} epochs",
         *(" to ".join(f"{end:.1f}" for end in (min(errors), max(errors)))
           for errors in found["network"].values())],
        [f"network, {found['longer']} epochs",
         *(f"{found['network, longer'][size]:.1f}" if size in found["network, longer"] else ""
           for size in sizes)],
    ]  # fmt: skip
    return (
        f"Squared error per pixel on the validation part, times 1,000, lowest to highest seed:\n\n"
        f"{table(['numbers in the code', *sizes], rows)}\nWith {versions(found['versions'])}.\n"
    )


def _pretraining(found: dict) -> str:
    counts = [str(count) for count in found["labels_per_class"]]
    parts = []
    for setting, methods in found["settings"].items():
        accuracies = table(
            ["labels per class", *counts, "has seen, beside the labels", "trained", "candidates"],
            ([name, *map(spread, method["chosen"]), method["sees"], method["trained"],
              str(method["candidates"])]
             for name, method in methods.items()),
        )  # fmt: skip
        fixed = table(
            ["labels per class", *counts],
            ([name, *map(spread, method["fixed"])] for name, method in methods.items()),
        )
        gains = table(
            ["first − second", *counts],
            ([f"{name} − {rival}", *map(_gain, of_rival)]
             for name, method in methods.items()
             for rival, of_rival in method["gain"].items()),
        )  # fmt: skip
        parts.append(
            f"Setting *{escaped(setting)}*, test accuracy of {found['seeds']} seeds, mean (lowest "
            f"to highest), with what {found['validation_labels']} validation labels have chosen:"
            f"\n\n{accuracies}\nThe same with settings that were fixed beforehand:\n\n{fixed}\n"
            "Gains over seeds, draws and test images; the 95 % intervals hold for all "
            f"{found['comparisons'][setting]} together:\n\n{gains}\n"
        )
    return "".join(parts) + f"With {versions(found['versions'])}.\n"


def _gain(found: list[float]) -> str:
    mean, low, high = found
    return f"{mean:+.3f} {interval([low, high])} {verdict((low, high))}"


def _delta(found: dict) -> str:
    scenes = list(found["accuracy"]["θ"])
    accuracies = table(
        ["what is trained, on what", *scenes],
        ([name, *(spread(by_scene[scene]["each seed"]) if scene in by_scene else ""
                  for scene in scenes)]
         for name, by_scene in found["accuracy"].items()),
    )  # fmt: skip
    choices = table(
        ["what is trained, on what", "accuracy on the validation part of each candidate", "chosen"],
        ([way, ", ".join(f"{value}: {hits:.3f}" for value, hits in choice["tried"].items()),
          f"{choice['chosen']:g}"]
         for way, choice in found["choices"].items()),
    )  # fmt: skip
    same = found["same answer in ImageNet's classes"]
    old_head = table(
        ["of the clean photos", "the old head's answer is that of θ", "it is right, by groups"],
        ([name, spread(same[name]["each seed"]), spread(right["each seed"])]
         for name, right in found["right by groups of ImageNet's classes"].items()),
    )  # fmt: skip
    claims = table(
        ["first − second", "gain (lowest to highest seed)",
         "95 % interval over seeds and photos, widened for all rows", "first has"],
        ([name, spread(claim["each seed"], "+"), interval(claim["interval"]), claim["verdict"]]
         for name, claim in found["claims"].items()),
    )  # fmt: skip
    return (
        f"Candidates, on {found['photos']['validation']:,} validation photos:\n\n{choices}\n"
        f"Accuracy by scene on {found['photos']['fresh']:,} fresh photos, mean (lowest to highest "
        f"seed):\n\n{accuracies}\nWhat ImageNet's head says after the change:\n\n{old_head}\n"
        f"Differences on the same photos:\n\n{claims}\nWith {versions(found['versions'])}.\n"
    )


class _Shown(NamedTuple):
    title: str
    asset: str
    render: Callable[[dict], str]


# By the name of the benchmark.
SHOWN = {
    "labels": _Shown("Lesson 01: few labels", "few_labels.json", _few_labels),
    "codes": _Shown("Lesson 02: a network against PCA", "code_sizes.json", _codes),
    "pretraining": _Shown(
        "Lessons 02 and 03: pretraining without labels", "pretraining_results.json", _pretraining
    ),
    "delta": _Shown("Lesson 04: fine-tuning", "delta_results.json", _delta),
}
