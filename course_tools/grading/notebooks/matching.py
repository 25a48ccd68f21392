"""Which of the instructor's cells is each of the learner's?

Evidence adds up: nbgrader's id, the cell's id, the names that the cell defines, the similarity of
its text to what was released; order breaks ties. An id is not believed if the text defines another
question's function. `match` is the door.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from course_tools.grading.notebooks.cells import (
    NBGRADERS_RULES,
    ReleaseRules,
    grade_id,
    is_answer,
    is_test,
    nbgrader_metadata,
)
from course_tools.grading.notebooks.reading import (
    SubmittedCell,
    definitions,
    normalized,
    tokens,
)

_MIN_EVIDENCE = 1.2  # a match needs as much
_ANCHOR_EVIDENCE = 2.5  # from here on a match shows where the cells around it should stand


@dataclass(frozen=True)
class SourceCell:
    """One of the instructor's cells, as the cells of a submission are compared with it.

    Attributes:
        released: its text as learners got it.
        normalized: that text, normalized for comparison.
        normalized_source: the instructor's own text, hidden tests included, normalized likewise.
        defines: the functions and classes that the released text defines.
        tokens: how often each word and sign occurs in the released text, stubs left out.
    """

    index: int
    kind: str
    name: str
    cell_id: str
    metadata: dict
    released: str
    normalized: str
    normalized_source: str
    is_answer: bool
    is_test: bool
    defines: frozenset[str]
    tokens: Counter

    @classmethod
    def from_cell(
        cls, index: int, cell: NotebookNode, rules: ReleaseRules = NBGRADERS_RULES
    ) -> "SourceCell":
        """Return the cell at a position of the instructor's notebook, released by these rules."""
        released = rules.released_text(cell)
        return cls(
            index=index,
            kind=cell.cell_type,
            name=grade_id(cell),
            cell_id=str(cell.get("id") or ""),
            metadata=dict(nbgrader_metadata(cell)),
            released=released,
            normalized=normalized(released),
            normalized_source=normalized(cell.source),
            is_answer=is_answer(cell),
            is_test=is_test(cell),
            defines=definitions(released) if cell.cell_type == "code" else frozenset(),
            tokens=tokens(rules.without_stubs(released) if is_answer(cell) else released),
        )

    @property
    def title(self) -> str:
        """Return how a flag calls the cell."""
        return self.name or self.cell_id or f"number {self.index + 1}"

    def is_untouched(self, text: str) -> bool:
        """Tell whether a text is the released one, or nothing at all."""
        return normalized(text) in ("", self.normalized)


def match(
    source_cells: Sequence[SourceCell], submitted_cells: list[SubmittedCell]
) -> dict[int, int]:
    """Return learner's cell -> instructor's cell, one to one, by the strongest evidence first."""
    in_answers = {name for cell in source_cells if cell.is_answer for name in cell.defines}
    matches = _match_unchanged(source_cells, submitted_cells)
    found = set(matches.values())
    evidence = [
        (score, submitted.index, cell.index)
        for cell in source_cells
        if cell.index not in found
        for submitted in submitted_cells
        if submitted.index not in matches
        if (score := _evidence(cell, submitted, in_answers)) >= _MIN_EVIDENCE
    ]
    for lowest in (_ANCHOR_EVIDENCE, _MIN_EVIDENCE):
        expected = _expected_positions(matches, len(source_cells))
        ranked = sorted(
            (-round(score, 2), abs(index - expected[place]), place, index)
            for score, index, place in evidence
            if score >= lowest
        )
        taken = set(matches.values())
        for _, _, place, index in ranked:
            if index not in matches and place not in taken:
                matches[index] = place
                taken.add(place)
    _match_by_place(source_cells, submitted_cells, matches)
    return matches


def _match_unchanged(
    source_cells: Sequence[SourceCell], submitted_cells: list[SubmittedCell]
) -> dict[int, int]:
    """Match the cells, other than answers, whose text is unchanged and occurs once.

    They are most of a notebook, so few are left to compare with each other.
    """
    by_text: dict[str, list[SourceCell]] = defaultdict(list)
    for cell in source_cells:
        by_text[cell.normalized].append(cell)
    copies = Counter(submitted.normalized for submitted in submitted_cells)
    return {
        submitted.index: same[0].index
        for submitted in submitted_cells
        if submitted.normalized and copies[submitted.normalized] == 1
        if len(same := by_text.get(submitted.normalized, [])) == 1 and not same[0].is_answer
    }


def _evidence(cell: SourceCell, submitted: SubmittedCell, in_answers: set[str]) -> float:
    """Return how much suggests that the learner's cell is this one of the instructor's."""
    score = 0.0 if submitted.kind == cell.kind else -0.5
    score += 3.0 * bool(submitted.name and submitted.name == cell.name)
    score += 2.0 * bool(submitted.cell_id and submitted.cell_id == cell.cell_id)
    others = (submitted.defines - cell.defines) & in_answers
    common = submitted.defines & cell.defines
    if others and not common and cell.name:
        score -= 3.0
    if common:
        score += (3.0 if cell.is_answer else 1.0) * len(common) / len(cell.defines)
    if submitted.normalized and submitted.normalized == cell.normalized:
        return score + (2.0 if cell.is_answer else 4.0)
    shared = (cell.tokens & submitted.tokens).total()
    whole = cell.tokens.total()
    if cell.is_answer:  # an answer keeps the released text and adds to it
        likeness = shared / whole if whole >= 5 and (common or not cell.defines) else 0.0
    else:
        likeness = 2 * shared / max(1, whole + submitted.tokens.total())
    return score + 2.0 * likeness


def _expected_positions(matches: dict[int, int], count: int) -> list[int]:
    """Return where each of the instructor's cells should be, judging by those already found."""
    anchors = {place: index for index, place in matches.items()}
    expected, last = [], None
    for place in range(count):
        if place in anchors:
            last = (place, anchors[place])
        expected.append(place if last is None else last[1] + (place - last[0]))
    return expected


def _match_by_place(
    source_cells: Sequence[SourceCell],
    submitted_cells: list[SubmittedCell],
    matches: dict[int, int],
) -> None:
    """Match answers of which there is no trace to the cells that are where they should be.

    This is done only if nbgrader's metadata is gone (if it isn't, a missing answer was deleted) and
    enough of the lesson was found to judge by.
    """
    names = {cell.name for cell in source_cells if cell.name}
    with_metadata = 2 * len(names & {submitted.name for submitted in submitted_cells}) >= len(names)
    if with_metadata or 4 * len(matches) < len(source_cells):
        return
    where = {place: index for index, place in matches.items()}
    for cell in source_cells:
        if not cell.is_answer or cell.defines or cell.index in where:
            continue
        after = max((where[p] for p in where if p < cell.index), default=-1)
        before = min((where[p] for p in where if p > cell.index), default=len(submitted_cells))
        free = [
            submitted.index
            for submitted in submitted_cells[after + 1 : before]
            if submitted.index not in matches
            and submitted.kind == cell.kind
            and submitted.normalized
        ]
        if free:
            matches[free[0]] = cell.index
            where[cell.index] = free[0]
