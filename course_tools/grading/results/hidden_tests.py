"""Keeps the lines of hidden tests out of what learners read."""

import re
from dataclasses import dataclass

from course_tools.grading.notebooks import NBGRADERS_RULES, LessonSource, ReleaseRules
from course_tools.grading.results.feedback_page import TEXT

MIN_QUOTE = 12  # characters, without spaces, ; shorter lines of a hidden test are not recognised


@dataclass(frozen=True)
class HiddenTests:
    """The lines of a lesson's hidden tests that appear nowhere in what learners got.

    `lines` contain no white space, since quotes may be indented or wrapped differently. `rules` are
    those by which the class removes hidden tests.
    """

    lines: frozenset[str]
    rules: ReleaseRules = NBGRADERS_RULES

    @classmethod
    def within(cls, source: LessonSource) -> "HiddenTests":
        """Return the hidden tests of an instructor's notebook."""
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
        """Return whether a text contains a line of a hidden test, whatever the spacing."""
        squeezed = _squeezed(text)
        return any(line in squeezed for line in self.lines)

    def redact(self, text: str) -> str:
        """Return a text with every quoted line replaced by a placeholder."""
        squeezed = _squeezed(text)
        for line in sorted(self.lines, key=len, reverse=True):
            if line in squeezed:
                pattern = r"\s*".join(map(re.escape, line))
                text = re.sub(pattern, lambda _: TEXT["hidden"], text)
        return text


def _squeezed(text: str) -> str:
    return "".join(text.split())
