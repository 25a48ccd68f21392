"""The learner's answers: in cells of their own, split over several, or merged into others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from course_tools.grading.notebooks.cells import checks_id
from course_tools.grading.notebooks.matching import SourceCell
from course_tools.grading.notebooks.reading import (
    CHECK_TITLE_LINE,
    Flags,
    SubmittedCell,
    definitions,
)
from course_tools.grading.notebooks.statements import bound_names, stands_alone


@dataclass
class FoundAnswer:
    """An answer's text, and the learner's cells that it comes from."""

    text: str
    cells: list[int]
    attachments: dict


class Answers:
    """The learner's answers.

    Attributes:
        found: the answers, by the position of the instructor's answer cell.
        used: positions of the submitted cells that answers were taken from.
        tests_inside: positions of the test cells whose text was inside an answer.
    """

    def __init__(
        self,
        source_cells: Sequence[SourceCell],
        submitted_cells: list[SubmittedCell],
        matches: dict[int, int],
        flags: Flags,
    ):
        self.source_cells, self.submitted_cells = source_cells, submitted_cells
        self.matches, self.flags = matches, flags
        self.found: dict[int, FoundAnswer] = {}
        self.used: set[int] = set()
        self.tests_inside: set[int] = set()
        questions = [cell for cell in source_cells if cell.is_answer]
        for cell in questions:
            self._take_claims(cell)
        for cell in questions:
            self._take_from_elsewhere(cell)

    def _take_claims(self, cell: SourceCell) -> None:
        """Take an answer from the submitted cells that are, or claim to be, this answer cell."""
        claims = [submitted for submitted in self.submitted_cells if self._claims(submitted, cell)]
        if not claims:
            return
        written = [submitted for submitted in claims if not cell.is_untouched(submitted.text)]
        distinct = {submitted.normalized: submitted for submitted in written}
        if len(written) > len(distinct):
            self.flags.add(f"{cell.title}: appeared more than once with the same text.", cell.index)
            self.used |= {submitted.index for submitted in written}
            written = sorted(distinct.values(), key=lambda submitted: submitted.index)
        versions = _versions(cell, written)
        parts = [submitted for submitted in written if submitted not in versions[:-1]]
        if versions and stands_alone(versions[-1].text):
            # Other complete code with the same id may be scratch work: it becomes an extra cell.
            parts = [part for part in parts if part in versions or not stands_alone(part.text)]
        untouched = [submitted for submitted in claims if cell.is_untouched(submitted.text)]
        self.used |= {submitted.index for submitted in (*untouched, *versions)}
        self._flag_copies(cell, versions, len(untouched) + len(parts) if parts else len(untouched))
        self._keep(cell, self._with_split_off(cell, parts) or claims[-1:])

    def _claims(self, submitted: SubmittedCell, cell: SourceCell) -> bool:
        """Tell whether a cell was matched to this answer, or has its id and no other's text."""
        if submitted.index in self.matches:
            return self.matches[submitted.index] == cell.index
        answers = [other for other in self.source_cells if other.is_answer]
        foreign = set().union(*(answer.defines for answer in answers)) - cell.defines
        answers_another = submitted.defines & foreign and not submitted.defines & cell.defines
        return submitted.name == cell.name and not answers_another

    def _flag_copies(self, cell: SourceCell, versions: list[SubmittedCell], count: int) -> None:
        if len(versions) > 1:
            self.flags.add(
                f"{cell.title}: appeared more than once with different texts; the last counts.",
                cell.index,
            )
        elif count > 1:
            self.flags.add(
                f"{cell.title}: appeared more than once; what was filled in counts.", cell.index
            )

    def _with_split_off(self, cell: SourceCell, parts: list[SubmittedCell]) -> list[SubmittedCell]:
        """Add the cells next to an answer that can only be the rest of it, and flag parts."""
        parts = list(parts)
        while cell.kind == "code" and parts and (rest := self._rest_of(cell, parts)):
            parts = sorted([*parts, rest], key=lambda submitted: submitted.index)
        if len(parts) > 1:
            self.flags.add(f"{cell.title}: was in several parts.", cell.index)
        return parts

    def _rest_of(self, cell: SourceCell, parts: list[SubmittedCell]) -> SubmittedCell | None:
        text = "\n".join(part.text for part in parts)
        complete = stands_alone(text)
        after, before = parts[-1].index + 1, parts[0].index - 1
        if after < len(self.submitted_cells) and self._is_free(self.submitted_cells[after]):
            below = self.submitted_cells[after]
            cut = not complete or not stands_alone(below.text)
            if cut and stands_alone(f"{text}\n{below.text}"):
                return below
        if before >= 0 and not complete and self._is_free(self.submitted_cells[before]):
            above = self.submitted_cells[before]
            if stands_alone(f"{above.text}\n{text}"):
                return above
        return None

    def _is_free(self, submitted: SubmittedCell) -> bool:
        taken = submitted.index in self.matches or submitted.index in self.used
        return not taken and submitted.kind == "code" and bool(submitted.normalized)

    def _keep(self, cell: SourceCell, parts: list[SubmittedCell]) -> None:
        separator = "\n" if cell.kind == "code" else "\n\n"
        text = separator.join(submitted.text.rstrip("\n") for submitted in parts)
        text = self._as_kind(cell, parts, self._without_tests(cell, text))
        attachments: dict = {}
        for submitted in parts:
            attachments |= submitted.attachments
        indices = [submitted.index for submitted in parts]
        self.used |= set(indices)
        self.found[cell.index] = FoundAnswer(text, indices, attachments)

    def _as_kind(self, cell: SourceCell, parts: list[SubmittedCell], text: str) -> str:
        kinds = {submitted.kind for submitted in parts} - {cell.kind}
        if kinds:
            self.flags.add(
                f"{cell.title}: was a {min(kinds)} cell instead of {cell.kind}.", cell.index
            )
        fence = re.fullmatch(r"\s*```\w*\n(.*?)\n```\s*", text, re.DOTALL)
        return fence[1] if fence and cell.kind == "code" and kinds else text

    def _without_tests(self, cell: SourceCell, text: str) -> str:
        """Return an answer without the test cells that were merged into it."""
        for test in self.source_cells:
            block = test.normalized
            if not test.is_test or "\n" not in block:
                continue
            without = _cut_out(text, block)
            if without is not None:
                text = without
                self.tests_inside.add(test.index)
                self.flags.add(f"{cell.title}: held the text of the test {test.title}.", cell.index)
        return text

    def _take_from_elsewhere(self, cell: SourceCell) -> None:
        """If an answer has no cell, or an untouched one, look for it inside the other cells."""
        present = self.found.get(cell.index)
        untouched = present is None or cell.is_untouched(present.text)
        kept = None if present is None or untouched else present.text
        if kept is not None and (not cell.defines or definitions(kept) & cell.defines):
            return
        for submitted in reversed(self.submitted_cells):
            if submitted.kind == "code" and self._holds(submitted, cell, present is None):
                text = self._text_elsewhere(submitted, cell)
                if kept is not None:
                    text = f"{kept}\n{text}"
                cells = (present.cells if present else []) + [submitted.index]
                self.used.add(submitted.index)
                self.found[cell.index] = FoundAnswer(text, cells, {})
                return

    def _text_elsewhere(self, submitted: SubmittedCell, cell: SourceCell) -> str:
        text = self._without_tests(cell, submitted.text)
        if submitted.index not in self.matches:
            self.flags.add(f"{cell.title}: was answered in another cell.", cell.index)
            return text
        other = self.source_cells[self.matches[submitted.index]]
        self.flags.add(f"{cell.title}: was answered in the cell {other.title}.", cell.index)
        if other.is_answer and other.index in self.found:
            return self.found[other.index].text
        return _cut_out(text, other.normalized) or text

    def _holds(self, submitted: SubmittedCell, cell: SourceCell, no_cell: bool) -> bool:
        """Tell whether a cell holds the answer to a question that has none of its own."""
        if cell.defines:
            if not cell.defines <= submitted.defines:
                return False
            if any(submitted.normalized == each.normalized for each in self.source_cells):
                return False
            return no_cell or _cut_out(submitted.text, cell.normalized) is None
        # Without a name to look for, only the rest of its own test cell can be the answer.
        place = self.matches.get(submitted.index)
        test = self.source_cells[place] if place is not None else None
        if cell.kind != "code" or test is None or not test.is_test:
            return False
        rest = _cut_out(submitted.text, test.normalized)
        return test.name == checks_id(cell.name) and bool(rest and rest.strip())


def _versions(cell: SourceCell, written: list[SubmittedCell]) -> list[SubmittedCell]:
    """Return the cells that each hold the answer, as opposed to a part of it."""
    if cell.kind != "code":
        return []  # a person reads all of several written texts
    if cell.defines:
        return [submitted for submitted in written if submitted.defines & cell.defines]
    bound = [bound_names(submitted.text) for submitted in written]
    rebound = [
        any(names & other for j, other in enumerate(bound) if j != i)
        for i, names in enumerate(bound)
    ]
    return [submitted for submitted, again in zip(written, rebound, strict=True) if again]


def _cut_out(text: str, block: str) -> str | None:
    """Return a text without a block of whole lines, or None if it doesn't contain the block."""
    stripped = "\n".join(line.rstrip() for line in text.split("\n"))
    pattern = rf"(?:^|\n)(?:{CHECK_TITLE_LINE})?{re.escape(block)}(?=\n|$)"
    found = re.search(pattern, stripped) if block else None
    if found is None:
        return None
    return (stripped[: found.start()] + stripped[found.end() :]).strip("\n")
