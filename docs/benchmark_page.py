"""What the benchmarks have found, from the files in `benchmarks/results/` that they wrote."""

from pathlib import Path

from benchmarks import results
from benchmarks.__main__ import CLAIMS, SPEED
from docs import rivals_page
from docs.pages import escaped
from docs.tables import versions

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
## What the lessons say, under other seeds and on other machines

Comparisons of one method with another have a [page of their own](rivals.md).
"""


def page(kept: Path = results.FOLDER) -> str:
    """Return the page as Markdown; `kept` is the folder with what `--keep` has written."""
    others = [name for name in CLAIMS if name not in rivals_page.SHOWN]
    speed = "".join(_section(name, kept) for name in SPEED)
    return _INTRODUCTION + speed + _CLAIMS + "".join(_section(name, kept) for name in others)


def _section(name: str, kept: Path) -> str:
    heading = f"\n### {name}\n\n"
    found = results.kept(name, kept)
    if found is None:
        return f"{heading}Not kept yet: `python -m benchmarks --keep {name}`.\n"
    lines = "".join(f"- {escaped(' '.join(line.split()))}\n" for line in found["lines"])
    return (
        f"{heading}{lines}\nFound on {found['day']} by `{found['command']}` on {found['machine']}, "
        f"with {versions(found['versions'])}.\n"
    )
