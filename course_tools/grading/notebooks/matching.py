"""Which of the instructor's cells is each of the learner's?

Evidence is added up: nbgrader's id, the cell's id, the names that the cell defines, the likeness of
its text to what was released; ties are broken by order. An id on a text that defines another
question's function is not believed. `match` is the door.
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
    plain,
    tokens,
)

_ENOUGH = 1.2  # evidence below this is none
_STRONG = 2.5  # evidence that fixes a cell's place, from which others are judged


@dataclass(frozen=True)
class SourceCell:
    """One of the instructor's cells; `released` is its text as learners got it.

    `plain` and `whole` are, for comparison, that text and the instructor's with hidden tests.
    """

    index: int
    kind: str
    name: str
    cell_id: str
    metadata: dict
    released: str
    plain: str
    whole: str
    is_answer: bool
    is_test: bool
    defines: frozenset[str]
    tokens: Counter

    @classmethod
    def of(
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
            plain=plain(released),
            whole=plain(cell.source),
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
        return plain(text) in ("", self.plain)


def match(own: Sequence[SourceCell], theirs: list[SubmittedCell]) -> dict[int, int]:
    """Return learner's cell -> instructor's cell, one to one, by the strongest evidence first."""
    in_answers = {name for cell in own if cell.is_answer for name in cell.defines}
    places = _unchanged(own, theirs)
    found = set(places.values())
    evidence = [
        (score, mine.index, cell.index)
        for cell in own
        if cell.index not in found
        for mine in theirs
        if mine.index not in places
        if (score := _evidence(cell, mine, in_answers)) >= _ENOUGH
    ]
    for lowest in (_STRONG, _ENOUGH):
        expected = _expected(places, len(own))
        ranked = sorted(
            (-round(score, 2), abs(mine - expected[place]), place, mine)
            for score, mine, place in evidence
            if score >= lowest
        )
        taken = set(places.values())
        for _, _, place, mine in ranked:
            if mine not in places and place not in taken:
                places[mine] = place
                taken.add(place)
    _match_by_place(own, theirs, places)
    return places


def _unchanged(own: Sequence[SourceCell], theirs: list[SubmittedCell]) -> dict[int, int]:
    """Match the cells, other than answers, whose text is unchanged and stands there once.

    They are most of a notebook, so few are left to compare with each other.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for cell in own:
        places[cell.plain].append(cell.index)
    copies = Counter(mine.plain for mine in theirs)
    return {
        mine.index: places[mine.plain][0]
        for mine in theirs
        if mine.plain and copies[mine.plain] == 1 and len(places.get(mine.plain, ())) == 1
        if not own[places[mine.plain][0]].is_answer
    }


def _evidence(cell: SourceCell, mine: SubmittedCell, in_answers: set[str]) -> float:
    """Return how much speaks for the learner's cell being this one of the instructor's."""
    score = 0.0 if mine.kind == cell.kind else -0.5
    score += 3.0 * bool(mine.name and mine.name == cell.name)
    score += 2.0 * bool(mine.cell_id and mine.cell_id == cell.cell_id)
    others = (mine.defines - cell.defines) & in_answers
    common = mine.defines & cell.defines
    if others and not common and cell.name:
        score -= 3.0
    if common:
        score += (3.0 if cell.is_answer else 1.0) * len(common) / len(cell.defines)
    if mine.plain and mine.plain == cell.plain:
        return score + (2.0 if cell.is_answer else 4.0)
    shared = (cell.tokens & mine.tokens).total()
    whole = cell.tokens.total()
    if cell.is_answer:  # an answer keeps the released text and adds to it
        likeness = shared / whole if whole >= 5 and (common or not cell.defines) else 0.0
    else:
        likeness = 2 * shared / max(1, whole + mine.tokens.total())
    return score + 2.0 * likeness


def _expected(places: dict[int, int], owned: int) -> list[int]:
    """Return where each of the instructor's cells would stand, judged by those already found."""
    anchors = {place: mine for mine, place in places.items()}
    expected, last = [], None
    for place in range(owned):
        if place in anchors:
            last = (place, anchors[place])
        expected.append(place if last is None else last[1] + (place - last[0]))
    return expected


def _match_by_place(
    own: Sequence[SourceCell], theirs: list[SubmittedCell], places: dict[int, int]
) -> None:
    """Match answers without a trace of themselves to the cells that stand where they should.

    Only where nbgrader's metadata is gone (with it, an answer that isn't there was deleted) and
    enough of the lesson was found to judge by.
    """
    names = {cell.name for cell in own if cell.name}
    with_metadata = 2 * len(names & {mine.name for mine in theirs}) >= len(names)
    if with_metadata or 4 * len(places) < len(own):
        return
    where = {place: mine for mine, place in places.items()}
    for cell in own:
        if not cell.is_answer or cell.defines or cell.index in where:
            continue
        after = max((where[p] for p in where if p < cell.index), default=-1)
        before = min((where[p] for p in where if p > cell.index), default=len(theirs))
        free = [
            mine.index
            for mine in theirs[after + 1 : before]
            if mine.index not in places and mine.kind == cell.kind and mine.plain
        ]
        if free:
            places[free[0]] = cell.index
            where[cell.index] = free[0]
