"""How long a lesson takes a learner, counted from what there is to read and to do.

Folded cells (checks and hints) don't count, nor does what learners don't get to see.
"""

from collections.abc import Sequence

from nbformat import NotebookNode

from course_tools.authoring.source import Cell
from course_tools.grading.notebooks import NBGRADERS_RULES

WORDS_A_MINUTE = 150
LINES_A_MINUTE = 10
# How long an exercise takes, by what a learner does in it.
MINUTES = {"write": 8, "judge": 8, "explain": 10}
# Stands in a lesson's first cell where the build writes the minutes.
PLACEHOLDER = "{minutes}"
_ROUNDED_TO = 10


def lesson_minutes(cells: Sequence[Cell], nodes: Sequence[NotebookNode]) -> int:
    """Return the minutes that a lesson takes, rounded to ten.

    Args:
        cells: the lesson's cells.
        nodes: the instructor's cells that were built from them, one from each.
    """
    minutes = 0.0
    for cell, node in zip(cells, nodes, strict=True):
        minutes += MINUTES.get(cell.task, 0)
        if cell.role in ("checks", "hints"):
            continue
        text = NBGRADERS_RULES.released_text(node)
        is_code = cell.kind == "code"
        minutes += _lines(text) / LINES_A_MINUTE if is_code else _words(text) / WORDS_A_MINUTE
    return max(1, int(minutes / _ROUNDED_TO + 0.5)) * _ROUNDED_TO


def _words(prose: str) -> int:
    return sum(any(character.isalnum() for character in word) for word in prose.split())


def _lines(code: str) -> int:
    stripped = [line.strip() for line in code.split("\n")]
    return sum(bool(line) and not line.startswith("#") for line in stripped)
