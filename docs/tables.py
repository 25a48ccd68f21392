"""Tables and figures as Markdown, for the pages that show what was measured."""

from collections.abc import Iterable
from statistics import mean

from docs.pages import escaped


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table as Markdown: words on the left, figures on the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    lines += [[escaped(cell) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def spread(values: list[float], sign: str = "") -> str:
    """Return the mean of shares, and the smallest and the largest of them."""
    return f"{mean(values):{sign}.3f} ({min(values):{sign}.3f} to {max(values):{sign}.3f})"


def interval(ends: list[float]) -> str:
    """Return the ends of an interval, with their signs."""
    low, high = ends
    return f"[{low:+.3f}, {high:+.3f}]"


def versions(found: dict[str, str]) -> str:
    """Return name and version of each package."""
    return ", ".join(f"{name} {version}" for name, version in found.items())
