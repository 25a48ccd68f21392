"""What the benchmarks have found, from the files that they wrote themselves.

Speed stands in `benchmarks/results/`; what the lessons claim about accuracy, in the assets that the
lessons read as well.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean

from benchmarks import results
from benchmarks.__main__ import CLAIMS, SPEED
from course_lib import assets
from docs.pages import escaped

_INTRODUCTION = """\
# Benchmarks

No number on this page was typed: each benchmark writes down what it has found, and the site is
built from that. Run one yourself with `python -m benchmarks NAME`; with `--keep` it also replaces
what stands here.

## Speed

Ratios are measured within one run, the two ways in turn, so that a slow or busy machine hits both
alike.
"""
_CLAIMS = """
## What the lessons claim about accuracy

Repeated over seeds, since one training run proves nothing.
"""
_BASELINE = "from scratch"


def page(kept: Path = results.FOLDER) -> str:
    """Return the page as Markdown; `kept` is the folder with what `--keep` has written."""
    speed = "".join(_section(name, kept) for name in SPEED)
    claims = "".join(_section(name, kept) for name in CLAIMS)
    return _INTRODUCTION + speed + _CLAIMS + claims


def _section(name: str, kept: Path) -> str:
    heading = f"\n### {name}\n\n"
    if name in _FROM_ASSETS:
        asset, render = _FROM_ASSETS[name]
        return heading + render(json.loads((assets.FOLDER / asset).read_text(encoding="utf-8")))
    found = results.kept(name, kept)
    if found is None:
        return f"{heading}Not kept yet: `python -m benchmarks --keep {name}`.\n"
    lines = "".join(f"- {escaped(' '.join(line.split()))}\n" for line in found["lines"])
    return (
        f"{heading}{lines}\nFound on {found['day']} by `{found['command']}` on {found['machine']}, "
        f"with {_versions(found['versions'])}.\n"
    )


def _few_labels(found: dict) -> str:
    counts = [str(count) for count in found["labels_per_class"]]
    columns, settings = ["labels per class", *counts], found["settings"]
    accuracies = _table(
        columns,
        ([name, *(_spread(values[count]) for count in counts)]
         for name, values in found["test_accuracy"].items()),
    )  # fmt: skip
    penalties = _table(
        columns,
        ([name, *(f"{values[count]:g}" for count in counts)]
         for name, values in settings["penalties"].items()),
    )  # fmt: skip
    fixed = _table(
        columns,
        ([name, *(_spread(values[count]) for count in counts)]
         for name, values in found["test_accuracy_with_fixed_penalty"].items()),
    )  # fmt: skip
    claims = _table(
        ["first − second", "labels per class", "draws", "gain", "95 % interval", "all together",
         "verdict", "gain on fresh photos", "verdict"],
        (
            [
                f"{claim['first']} − {claim['second']}", str(claim["labels_per_class"]),
                str(claim["draws"]), f"{claim['gain']:+.3f}", _interval(claim["interval"]),
                _interval(claim["interval_of_all_together"]), claim["verdict"],
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
        f"With {_versions(found['with'])}.\n"
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
    return _table(
        ["labels per class", "rate", "weight decay", "candidates", "steps",
         "validation accuracy, first draw", "with twice as many steps"],
        rows,
    )  # fmt: skip


def _pretraining(found: dict) -> str:
    counts = [str(count) for count in found["labels_per_class"]]
    parts = []
    for setting, methods in found["settings"].items():
        accuracies = (
            [name, *(_spread(seeds) for seeds in method["accuracy"])]
            for name, method in methods.items()
        )
        gains = (
            [name, *(f"{gain:+.3f} {_interval(ends)}" for gain, *ends in method["gain"][_BASELINE])]
            for name, method in methods.items()
            if name != _BASELINE
        )
        parts.append(
            f"Setting *{escaped(setting)}*, test accuracy of {found['seeds']} seeds, mean (lowest "
            f"to highest):\n\n{_table(['labels per class', *counts], accuracies)}\nGain over "
            f"training {_BASELINE}, with 95 % intervals:\n\n"
            f"{_table(['labels per class', *counts], gains)}\n"
        )
    return "".join(parts) + f"With {_versions(found['versions'])}.\n"


def _delta(found: dict) -> str:
    scenes = list(found["accuracy"]["θ"])
    accuracies = _table(
        ["what is trained, on what", *scenes],
        ([name, *(_spread(by_scene[scene]["each seed"]) if scene in by_scene else ""
                  for scene in scenes)]
         for name, by_scene in found["accuracy"].items()),
    )  # fmt: skip
    choices = _table(
        ["what is trained, on what", "accuracy on the validation part of each candidate", "chosen"],
        ([way, ", ".join(f"{value}: {hits:.3f}" for value, hits in choice["tried"].items()),
          f"{choice['chosen']:g}"]
         for way, choice in found["choices"].items()),
    )  # fmt: skip
    same = found["same answer in ImageNet's classes"]
    old_head = _table(
        ["of the clean photos", "the old head's answer is that of θ", "it is right, by groups"],
        ([name, _spread(same[name]["each seed"]), _spread(right["each seed"])]
         for name, right in found["right by groups of ImageNet's classes"].items()),
    )  # fmt: skip
    claims = _table(
        ["first − second", "gain (lowest to highest seed)",
         "95 % interval over seeds and photos, widened for all rows", "first has"],
        ([name, _spread(claim["each seed"], "+"), _interval(claim["interval"]), claim["verdict"]]
         for name, claim in found["claims"].items()),
    )  # fmt: skip
    return (
        f"Candidates, on {found['photos']['validation']:,} validation photos:\n\n{choices}\n"
        f"Accuracy by scene on {found['photos']['fresh']:,} fresh photos, mean (lowest to highest "
        f"seed):\n\n{accuracies}\nWhat ImageNet's head says after the change:\n\n{old_head}\n"
        f"Differences on the same photos:\n\n{claims}\nWith {_versions(found['versions'])}.\n"
    )


# Benchmark -> the asset that it writes, and how that is shown.
_FROM_ASSETS: dict[str, tuple[str, Callable[[dict], str]]] = {
    "labels": ("few_labels.json", _few_labels),
    "pretraining": ("pretraining_results.json", _pretraining),
    "delta": ("delta_results.json", _delta),
}


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table as Markdown: words on the left, figures on the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    lines += [[escaped(cell) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _spread(values: list[float], sign: str = "") -> str:
    return f"{mean(values):{sign}.3f} ({min(values):{sign}.3f} to {max(values):{sign}.3f})"


def _interval(ends: list[float]) -> str:
    low, high = ends
    return f"[{low:+.3f}, {high:+.3f}]"


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())
