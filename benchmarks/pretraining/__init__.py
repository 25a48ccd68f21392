"""Pretraining without labels, lessons 02 and 03, against rivals that are given as much.

One cell = one setting, one method, one seed: pretrain the encoder on the unlabelled images, then
let a few labels arrive. The protocol is the same for every method and every count of labels: the
same images, draws and validation part; what can be chosen is chosen on the validation part (probes
by the rule of one standard error, rates by accuracy), and once more fixed beforehand; frozen
features and training end to end stand beside each other; views are given to the networks from
scratch as well. Results are from the fresh test part, and each interval covers other seeds, draws
and test images, and is as wide as the number of comparisons of its setting asks for.

Cells that are in the course's cache are not computed again; all of them take about two hours of
processor time. The outcome is the asset `pretraining_results.json`, which the lessons read.
"""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.pretraining import frozen, trained
from benchmarks.pretraining.encoders import digest
from benchmarks.pretraining.settings import (
    DISTURBANCES,
    DRAWS,
    LABELS_PER_CLASS,
    SEEDS,
    label_draws,
    make_setting,
)
from course_lib import assets, comparing, data, environment, pretraining
from course_lib.plumbing import cache_dir, write_atomically

KINDS = ("chosen", "fixed")
METHODS: dict[str, tuple[str, ...]] = {
    "clean": (
        "pixels", "blur", "PCA", "untrained", "autoencoder", "denoising autoencoder",
        "denoising, gentle", "GAN", "SimCLR",
        "from scratch", "from scratch, views",
    ),
    "night": (
        "pixels", "blur", "PCA, 100 images", "PCA, 700 images", "PCA", "PCA of day images",
        "ridge denoiser", "untrained", "autoencoder", "denoising, 100 images",
        "denoising, 700 images", "denoising autoencoder", "denoising, twice as long",
        "denoising, two nights", "from scratch", "from scratch, blurred", "from scratch, views",
        "denoising, tuned",
    ),
    "jittered": (
        "pixels", "blur", "PCA", "untrained", "autoencoder", "GAN", "SimCLR",
        "SimCLR, twice as long", "SimCLR, no moves", "SimCLR, no turns", "SimCLR, no zooms",
        "from scratch", "from scratch, views", "from scratch, views, twice as long",
        "GAN, tuned", "SimCLR, tuned", "SimCLR, twice as long, tuned",
    ),
}  # fmt: skip


def recipe_of(setting: str, method: str) -> dict[str, Any]:
    """Return all that a cell's result depends on, apart from the seed, as plain values."""
    own = (trained if method in trained.TRAINED else frozen).recipe(method, setting)
    images = ("fashion_mnist_subset.npz", "fashion_mnist_fresh.npz")
    return {
        "setting": setting,
        "method": method,
        "own": own,
        "labels_per_class": LABELS_PER_CLASS,
        "draws": DRAWS,
        "penalties": pretraining.PENALTIES,
        "fixed penalty": pretraining.FIXED_PENALTY,
        "choice": pretraining.CHOICE,
        "images": [assets.manifest()[name]["sha256"] for name in images],
    }


def all_cells() -> Iterator[tuple[str, str, int]]:
    """Return (setting, method, seed) of every cell; those of one setting and seed in a row."""
    for seed in SEEDS:
        for setting in DISTURBANCES:
            for method in METHODS[setting]:
                yield setting, method, seed


def compute_cell(setting_name: str, method: str, seed: int) -> dict[str, dict[int, np.ndarray]]:
    """Return {"chosen" or "fixed": {labels per class: predictions (draws, test images)}}."""
    setting = make_setting(setting_name, seed)
    of = trained if method in trained.TRAINED else frozen
    predict = of.predictor(method, setting, seed)
    found: dict[str, dict[int, np.ndarray]] = {kind: {} for kind in KINDS}
    for per_class in LABELS_PER_CLASS:
        draws = label_draws(setting.train.labels, per_class, seed)
        for kind, predictions in predict(draws).items():
            found[kind][per_class] = predictions
    return found


def cached_cell(setting: str, method: str, seed: int) -> dict[str, dict[int, np.ndarray]]:
    """Return a cell from the course's cache, or compute it and put it there."""
    path = cache_dir() / f"pretraining_{digest([recipe_of(setting, method), seed])}.npz"
    if not path.is_file():
        start = time.process_time()
        cell = compute_cell(setting, method, seed)
        seconds = time.process_time() - start
        content = io.BytesIO()
        np.savez_compressed(
            content, **{f"{kind} {n}": np.int8(p) for kind in cell for n, p in cell[kind].items()}
        )
        write_atomically(path, content.getvalue())
        print(f"{setting}, {method}, seed {seed}: {seconds:.0f} s of processor time", flush=True)
    with np.load(path, allow_pickle=False) as arrays:
        return {kind: {n: arrays[f"{kind} {n}"] for n in LABELS_PER_CLASS} for kind in KINDS}


# --- outcome -------------------------------------------------------------------------------------

# What the lessons ask: (setting, method, rival). Those of one setting, at every count of labels,
# are one family of comparisons.
QUESTIONS: tuple[tuple[str, str, str], ...] = tuple(
    (setting, method, rival)
    for setting, pairs in {
        "clean": {
            "autoencoder": (
                "pixels", "PCA", "untrained", "from scratch", "from scratch, views",
            ),
            "denoising autoencoder": ("pixels", "autoencoder"),
            "denoising, gentle": ("pixels", "autoencoder"),
            "GAN": ("pixels", "autoencoder"),
            "SimCLR": ("pixels", "untrained", "from scratch", "from scratch, views"),
            "from scratch, views": ("from scratch",),
        },
        "night": {
            "autoencoder": ("pixels", "PCA", "blur"),
            "blur": ("pixels",),
            "PCA": ("pixels", "blur"),
            "ridge denoiser": ("pixels", "blur"),
            "denoising autoencoder": (
                "pixels", "autoencoder", "PCA", "blur", "PCA of day images", "ridge denoiser",
                "denoising, 100 images", "denoising, 700 images", "from scratch",
                "from scratch, blurred", "from scratch, views",
            ),
            "denoising, twice as long": ("denoising autoencoder",),
            "denoising, two nights": ("pixels", "PCA", "blur", "denoising autoencoder"),
            "from scratch, blurred": ("from scratch",),
            "from scratch, views": ("from scratch",),
            "denoising, tuned": ("from scratch, blurred", "denoising autoencoder"),
        },
        "jittered": {
            "autoencoder": ("pixels", "untrained"),
            "GAN": ("untrained", "autoencoder"),
            "SimCLR": ("untrained", "autoencoder", "from scratch", "from scratch, views"),
            "SimCLR, twice as long": ("SimCLR", "from scratch, views"),
            "SimCLR, no moves": ("SimCLR",),
            "SimCLR, no turns": ("SimCLR",),
            "SimCLR, no zooms": ("SimCLR",),
            "from scratch, views": ("from scratch",),
            "from scratch, views, twice as long": ("from scratch, views",),
            "GAN, tuned": ("from scratch, views", "GAN"),
            "SimCLR, tuned": ("from scratch, views", "SimCLR"),
            "SimCLR, twice as long, tuned": ("from scratch, views",),
        },
    }.items()
    for method, rivals in pairs.items()
    for rival in rivals
)  # fmt: skip
COMPARISONS = {
    setting: sum(asked == setting for asked, *_ in QUESTIONS) * len(LABELS_PER_CLASS)
    for setting in METHODS
}


def _description(method: str) -> dict[str, Any]:
    """Return what a method was given, for the tables."""
    if method in trained.TRAINED:
        how = trained.TRAINED[method]
        return {"trained": "end to end", "sees": how.sees, "candidates": len(how.rates)}
    return {
        "trained": "head only",
        "sees": frozen.FROZEN[method].sees,
        "candidates": frozen.candidates(method),
    }


def _shares_right(setting: str, method: str, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Return {kind: (labels per class, seeds, images)}, the share of the draws that were right."""
    cells = [cached_cell(setting, method, seed) for seed in SEEDS]
    return {
        kind: np.array(
            [[(cell[kind][n] == labels).mean(axis=0) for cell in cells] for n in LABELS_PER_CLASS]
        )
        for kind in KINDS
    }


def _gains(method: np.ndarray, rival: np.ndarray, comparisons: int) -> list[list[float]]:
    """Return [mean, low, high] for each count of labels, corrected for all comparisons."""
    found = [
        comparing.crossed_interval(ours - theirs, comparisons=comparisons)
        for ours, theirs in zip(method, rival, strict=True)
    ]
    return [[round(value, 4) for value in (mean, *interval)] for mean, interval in found]


def _of_setting(setting: str) -> dict[str, Any]:
    labels = make_setting(setting, 0).test.labels
    shares = {method: _shares_right(setting, method, labels) for method in METHODS[setting]}
    return {
        method: {
            "digest": digest(recipe_of(setting, method)),
            **_description(method),
            **{kind: np.round(of_kind.mean(axis=2), 4).tolist() for kind, of_kind in kinds.items()},
            **{
                name: {
                    rival: _gains(kinds[kind], shares[rival][kind], COMPARISONS[setting])
                    for asked, of, rival in QUESTIONS
                    if (asked, of) == (setting, method)
                }
                for name, kind in pretraining.GAINS.items()
            },
        }
        for method, kinds in shares.items()
    }


def collect() -> dict[str, Any]:
    """Return the content of the results file: accuracies, gains with intervals, what was given."""
    for cell in all_cells():
        cached_cell(*cell)
    return {
        "labels_per_class": LABELS_PER_CLASS,
        "seeds": len(SEEDS),
        "draws": DRAWS,
        "validation_labels": len(data.load_fashion_mnist().validation.labels),
        "comparisons": COMPARISONS,
        "versions": environment.versions(),
        "settings": {setting: _of_setting(setting) for setting in DISTURBANCES},
    }


def run() -> list[str]:
    """Compute what is missing, write the results file, return a line for each row and question."""
    outcome = collect()
    content = (json.dumps(outcome, indent=1) + "\n").encode()
    write_atomically(assets.FOLDER / pretraining.RESULTS_ASSET, content)
    assets.refresh_manifest()
    lines = []
    for setting, methods in outcome["settings"].items():
        for method, row in methods.items():
            for kind in KINDS:
                means = ", ".join(f"{np.mean(seeds):.3f}" for seeds in row[kind])
                lines.append(f"{setting:<9} {method:<22} {kind} at {LABELS_PER_CLASS}: {means}")
            for rival, gains in row["gain"].items():
                for n, (mean, *ends) in zip(LABELS_PER_CLASS, gains, strict=True):
                    said = comparing.verdict(tuple(ends))
                    lines.append(
                        f"    {n} labels: {mean:+.3f} [{ends[0]:+.3f}, {ends[1]:+.3f}] "
                        f"against {rival}: {said}"
                    )
    return lines
