"""Timing two ways of doing one thing in turn, so that a drifting machine hits both alike."""

import statistics
import time
from collections.abc import Callable


def seconds(function: Callable[[], object]) -> float:
    """Return the wall-clock seconds of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def paired(
    slow: Callable[[], object], fast: Callable[[], object], rounds: int
) -> tuple[float, float, list[float]]:
    """Time both in turn; return the two medians and the ratio slow / fast of each round."""
    pairs = [(seconds(slow), seconds(fast)) for _ in range(rounds)]
    return (
        statistics.median(first for first, _ in pairs),
        statistics.median(second for _, second in pairs),
        [first / second for first, second in pairs],
    )


def ratio_text(ratios: list[float]) -> str:
    """Return `median (lowest to highest)` of ratios."""
    return f"{statistics.median(ratios):.1f}x ({min(ratios):.1f} to {max(ratios):.1f})"
