"""Keeps the lines of hidden tests out of what learners get to read."""

import re
from dataclasses import dataclass

from course_tools.grading.notebooks import NBGRADERS_RULES, LessonSource, ReleaseRules
from course_tools.grading.results.feedback_page import TEXT

MIN_QUOTE = 12  # characters, without spaces, from which a line of a hidden test is recognised


@dataclass(frozen=True)
class HiddenTests:
    """The lines of a lesson's hidden tests that stand nowhere in what learners got.

    `lines` hold no white space, since quotes may be indented or wrapped differently. `rules` are
    those by which the class leaves hidden tests out.
    """

    lines: frozenset[str]
    rules: ReleaseRules = NBGRADERS_RULES

    @classmethod
    def within(cls, source: LessonSource) -> "HiddenTests":
        """Return those of an instructor's notebook."""
        visible = "\n".join(_squeezed(cell.released) for cell in source.cells)
        lines = {
            squeezed
            for cell, whole in zip(source.cells, source.notebook.cells, strict=True)
            if not cell.is_answer
            for line in whole.source.splitlines()
            if len(squeezed := _squeezed(line)) >= MIN_QUOTE and squeezed not in visible
        }
        return cls(frozenset(lines), source.rules)

    def are_quoted_in(self, text: str) -> bool:
        """Tell whether a text holds a line of a hidden test, in whatever spacing."""
        squeezed = _squeezed(text)
        return any(line in squeezed for line in self.lines)

    def blot_out(self, text: str) -> str:
        """Return a text with every quoted line replaced."""
        squeezed = _squeezed(text)
        for line in sorted(self.lines, key=len, reverse=True):
            if line in squeezed:
                pattern = r"\s*".join(map(re.escape, line))
                text = re.sub(pattern, lambda _: TEXT["hidden"], text)
        return text


def _squeezed(text: str) -> str:
    return "".join(text.split())
