"""Rebuild a submission from the instructor's notebook: the learner gives answers and extra cells.

Nothing else of a submission is believed: not its metadata, tags, points, test cells or outputs.

1. *Read* (`reading.py`): bytes to cells of plain text, for any nbformat and most damage.
2. *Match* (`matching.py`): which of the instructor's cells is each of the learner's?
3. *Collect* (`_Answers`): a question's text from its cell, from copies and split-off parts of it,
   or from another cell that it was merged into.
4. *Build* (`_build`): the instructor's cells in their order, and the learner's own cells each after
   the instructor's cell that it followed.

`restore` is the door. What was odd goes into `flags`, for the instructor.
"""

import ast
import copy
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode, v4

from course_lib.grading.cells import checks_id
from course_lib.grading.lesson_source import LessonSource
from course_lib.grading.matching import SourceCell, match
from course_lib.grading.reading import (
    UNPARSABLE,
    Flags,
    SubmittedCell,
    UnreadableError,
    definitions,
    python_of,
    read_cells,
)

__all__ = ["Restored", "UnreadableError", "restore"]

_MAX_CODE = 40_000  # characters; longer cells are taken as they are, since parsing takes its time


@dataclass(frozen=True)
class Restored:
    """What came of a submission.

    Attributes:
        notebook: the instructor's cells in their order, the answer cells with the learner's text,
            test cells as the instructor wrote them (hidden tests included), and the learner's own
            cells (ids `extra-1`, …) where they stood. No outputs; valid nbformat 4.5.
        answers: the `grade_id` of each answer that was found -> the learner's text.
        missing: the `grade_id`s of answer cells that were not found; they hold the released text.
        untouched: the `grade_id`s of answers that are still the text that was handed out.
        flags: what was odd, as sentences for the instructor, in the order of the cells.
    """

    notebook: NotebookNode
    answers: dict[str, str]
    missing: frozenset[str]
    untouched: frozenset[str]
    flags: tuple[str, ...]


def restore(source: LessonSource, submission: bytes) -> Restored:
    """Rebuild the notebook to grade from the instructor's and the bytes of a submitted one.

    Args:
        source: the instructor's notebook, with answers, hidden tests and nbgrader's metadata.
        submission: the submitted file as it came.

    Raises:
        UnreadableError: no notebook can be read from `submission`.
    """
    flags = Flags()
    own = source.cells
    theirs = read_cells(submission, flags)
    places = match(own, theirs)
    if not places:
        flags.add("None of the lesson's cells were found: is this another notebook?")
    _flag_metadata(own, theirs, places, flags)
    answers = _Answers(own, theirs, places, flags)
    extras = _extras(own, theirs, places, answers, flags)
    _flag_fixed_cells(own, theirs, places, answers, flags)
    notebook = _build(source.notebook, own, answers, extras)
    texts = [(own[place], found.text) for place, found in sorted(answers.found.items())]
    return Restored(
        notebook,
        {cell.name: text for cell, text in texts},
        frozenset(cell.name for cell in own if cell.is_answer and cell.index not in answers.found),
        frozenset(cell.name for cell, text in texts if text.strip() == cell.released.strip()),
        flags.sorted(),
    )


def _flag_metadata(
    own: Sequence[SourceCell], theirs: list[SubmittedCell], places: dict[int, int], flags: Flags
) -> None:
    graded = [(theirs[mine], own[place]) for mine, place in places.items() if own[place].name]
    stripped = [cell for mine, cell in graded if mine.name != cell.name]
    if stripped and len(stripped) == len(graded):
        flags.add("The notebook had lost nbgrader's metadata; its cells were found by their text.")
        stripped = []
    for cell in stripped:
        flags.add(
            f"{cell.title}: its nbgrader id was lost or wrong; found by its text.", cell.index
        )
    for mine, cell in graded:
        keys = ("grade", "solution", "locked", "points", "task")
        changed = any(
            key in mine.metadata and mine.metadata[key] != cell.metadata.get(key) for key in keys
        )
        if mine.name == cell.name and changed:
            flags.add(f"{cell.title}: its nbgrader metadata had been changed.", cell.index)
        if mine.tags and (cell.is_test or cell.is_answer):
            flags.add(
                f"{cell.title}: tags had been added ({', '.join(mine.tags)[:60]}).", cell.index
            )


# --- Answers


@dataclass
class _Found:
    """An answer's text, and the learner's cells that it comes from."""

    text: str
    cells: list[int]
    attachments: dict


class _Answers:
    """The learner's answers, by the place of the answer cell; `used` are the cells they are from.

    Attributes:
        tests_inside: places of test cells whose text stood inside an answer.
    """

    def __init__(
        self,
        own: Sequence[SourceCell],
        theirs: list[SubmittedCell],
        places: dict[int, int],
        flags: Flags,
    ):
        self.own, self.theirs, self.places, self.flags = own, theirs, places, flags
        self.found: dict[int, _Found] = {}
        self.used: set[int] = set()
        self.tests_inside: set[int] = set()
        questions = [cell for cell in own if cell.is_answer]
        for cell in questions:
            self._take_claims(cell)
        for cell in questions:
            self._take_from_elsewhere(cell)

    def _take_claims(self, cell: SourceCell) -> None:
        """Take an answer from the cells that are this one of the instructor's, or say so."""
        claims = [mine for mine in self.theirs if self._claims(mine, cell)]
        if not claims:
            return
        written = [mine for mine in claims if not cell.is_untouched(mine.text)]
        if len(written) > len(distinct := {mine.plain: mine for mine in written}):
            self.flags.add(
                f"{cell.title}: was there more than once with the same text.", cell.index
            )
            self.used |= {mine.index for mine in written}
            written = sorted(distinct.values(), key=lambda mine: mine.index)
        versions = _versions(cell, written)
        parts = [mine for mine in written if mine not in versions[:-1]]
        if versions and _stands_alone(versions[-1].text):
            # Other complete code under the same id may be scratch work: it becomes an extra cell.
            parts = [each for each in parts if each in versions or not _stands_alone(each.text)]
        untouched = [mine for mine in claims if cell.is_untouched(mine.text)]
        self.used |= {mine.index for mine in (*untouched, *versions)}
        self._flag_copies(cell, versions, len(untouched) + len(parts) if parts else len(untouched))
        self._keep(cell, self._with_split_off(cell, parts) or claims[-1:])

    def _claims(self, mine: SubmittedCell, cell: SourceCell) -> bool:
        """Tell whether a cell was matched to this answer, or carries its id and no other's text."""
        if mine.index in self.places:
            return self.places[mine.index] == cell.index
        others = {name for each in self.own if each.is_answer for name in each.defines}
        foreign = mine.defines & (others - cell.defines)
        return mine.name == cell.name and not (foreign and not mine.defines & cell.defines)

    def _flag_copies(self, cell: SourceCell, versions: list[SubmittedCell], count: int) -> None:
        if len(versions) > 1:
            self.flags.add(
                f"{cell.title}: was there more than once with different texts; the last counts.",
                cell.index,
            )
        elif count > 1:
            self.flags.add(
                f"{cell.title}: was there more than once; what was filled in counts.", cell.index
            )

    def _with_split_off(self, cell: SourceCell, parts: list[SubmittedCell]) -> list[SubmittedCell]:
        """Add the cells next to an answer that can only be the rest of it, and flag parts."""
        parts = list(parts)
        while cell.kind == "code" and parts and (rest := self._rest_of(cell, parts)):
            parts = sorted([*parts, rest], key=lambda mine: mine.index)
        if len(parts) > 1:
            self.flags.add(f"{cell.title}: was in several parts.", cell.index)
        return parts

    def _rest_of(self, cell: SourceCell, parts: list[SubmittedCell]) -> SubmittedCell | None:
        text = "\n".join(part.text for part in parts)
        complete = _stands_alone(text)
        after, before = parts[-1].index + 1, parts[0].index - 1
        if after < len(self.theirs) and self._is_free(mine := self.theirs[after]):
            cut = not complete or not _stands_alone(mine.text)
            if cut and _stands_alone(f"{text}\n{mine.text}"):
                return mine
        if before < 0 or complete or not self._is_free(mine := self.theirs[before]):
            return None
        return mine if _stands_alone(f"{mine.text}\n{text}") else None

    def _is_free(self, mine: SubmittedCell) -> bool:
        taken = mine.index in self.places or mine.index in self.used
        return not taken and mine.kind == "code" and bool(mine.plain)

    def _keep(self, cell: SourceCell, parts: list[SubmittedCell]) -> None:
        separator = "\n" if cell.kind == "code" else "\n\n"
        text = separator.join(mine.text.rstrip("\n") for mine in parts)
        text = self._as_kind(cell, parts, self._without_tests(cell, text))
        attachments: dict = {}
        for mine in parts:
            attachments |= mine.attachments
        self.used |= {mine.index for mine in parts}
        self.found[cell.index] = _Found(text, [mine.index for mine in parts], attachments)

    def _as_kind(self, cell: SourceCell, parts: list[SubmittedCell], text: str) -> str:
        kinds = {mine.kind for mine in parts} - {cell.kind}
        if kinds:
            self.flags.add(
                f"{cell.title}: was a {min(kinds)} cell instead of {cell.kind}.", cell.index
            )
        fence = re.fullmatch(r"\s*```\w*\n(.*?)\n```\s*", text, re.DOTALL)
        return fence[1] if fence and cell.kind == "code" and kinds else text

    def _without_tests(self, cell: SourceCell, text: str) -> str:
        """Return an answer without the test cells that were merged into it."""
        for test in self.own:
            block = test.plain
            if not test.is_test or "\n" not in block:
                continue
            without = _cut_out(text, block)
            if without is not None:
                text = without
                self.tests_inside.add(test.index)
                self.flags.add(f"{cell.title}: held the text of the test {test.title}.", cell.index)
        return text

    def _take_from_elsewhere(self, cell: SourceCell) -> None:
        """Look for an answer without a cell, or with an empty one, inside the other cells."""
        present = self.found.get(cell.index)
        empty = present is None or cell.is_untouched(present.text)
        if not empty and (not cell.defines or definitions(present.text) & cell.defines):
            return
        for mine in reversed(self.theirs):
            if mine.kind == "code" and self._holds(mine, cell, present is None):
                text = self._text_elsewhere(mine, cell)
                if not empty:
                    text = f"{present.text}\n{text}"
                cells = (present.cells if present else []) + [mine.index]
                self.used.add(mine.index)
                self.found[cell.index] = _Found(text, cells, {})
                return

    def _text_elsewhere(self, mine: SubmittedCell, cell: SourceCell) -> str:
        text = self._without_tests(cell, mine.text)
        if mine.index not in self.places:
            self.flags.add(f"{cell.title}: was answered in another cell.", cell.index)
            return text
        other = self.own[self.places[mine.index]]
        self.flags.add(f"{cell.title}: was answered in the cell {other.title}.", cell.index)
        if other.is_answer and other.index in self.found:
            return self.found[other.index].text
        return _cut_out(text, other.plain) or text

    def _holds(self, mine: SubmittedCell, cell: SourceCell, no_cell: bool) -> bool:
        """Tell whether a cell holds the answer to a question that has none of its own."""
        if cell.defines:
            if not cell.defines <= mine.defines:
                return False
            if any(mine.plain == each.plain for each in self.own):
                return False
            return no_cell or _cut_out(mine.text, cell.plain) is None
        # Without a name to look for: the rest of the test cell that the answer was merged into.
        place = self.places.get(mine.index)
        test = self.own[place] if place is not None else None
        if cell.kind != "code" or test is None or not test.is_test:
            return False
        rest = _cut_out(mine.text, test.plain)
        return test.name == checks_id(cell.name) and bool(rest and rest.strip())


def _versions(cell: SourceCell, written: list[SubmittedCell]) -> list[SubmittedCell]:
    """Return the cells that each hold the answer, as opposed to a part of it."""
    if cell.kind != "code":
        return []  # a person reads all of several written texts
    if cell.defines:
        return [mine for mine in written if mine.defines & cell.defines]
    bound = [_bound_names(mine.text) for mine in written]
    rebound = [
        any(names & other for j, other in enumerate(bound) if j != i)
        for i, names in enumerate(bound)
    ]
    return [mine for mine, again in zip(written, rebound, strict=True) if again]


def _cut_out(text: str, block: str) -> str | None:
    """Return a text without a block of whole lines, or None where it doesn't hold the block."""
    stripped = "\n".join(line.rstrip() for line in text.split("\n"))
    found = re.search(rf"(?:^|\n){re.escape(block)}(?=\n|$)", stripped) if block else None
    if found is None:
        return None
    return (stripped[: found.start()] + stripped[found.end() :]).strip("\n")


def _tree(text: str) -> ast.Module | None:
    """Return a cell's syntax tree with IPython's own syntax taken care of, or None."""
    if len(text) > _MAX_CODE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(python_of(text))
    except UNPARSABLE:
        return None


def _stands_alone(text: str) -> bool:
    """Tell whether code is complete by itself; IPython would accept an indented rest."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return not first.startswith((" ", "\t")) and _tree(text) is not None


def _bound_names(text: str) -> set[str]:
    tree = _tree(text)
    return set() if tree is None else {n for each in tree.body for n in _binds(each)}


def _binds(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a top-level statement binds where it stands."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield (alias.asname or alias.name).partition(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


# --- Extras


@dataclass
class _Extra:
    kind: str
    text: str
    attachments: dict


def _extras(
    own: Sequence[SourceCell],
    theirs: list[SubmittedCell],
    places: dict[int, int],
    answers: _Answers,
    flags: Flags,
) -> dict[int, list[_Extra]]:
    """Return the learner's own cells by the place of the instructor's cell that they follow."""
    served: dict[int, int] = {}
    for place, found in answers.found.items():
        for index in found.cells:
            served[index] = max(served.get(index, -1), place)
    extras: dict[int, list[_Extra]] = defaultdict(list)
    last = -1
    for mine in theirs:
        place = places.get(mine.index)
        if mine.index in answers.used:
            last = served.get(mine.index, last)
        elif place is not None and not own[place].is_answer:
            last = place
            extras[last] += _added_to(own[place], mine)
        elif mine.plain and not _is_copy(own, mine, flags):
            extras[last].append(_Extra(mine.kind, mine.text, mine.attachments))
    return extras


def _is_copy(own: Sequence[SourceCell], mine: SubmittedCell, flags: Flags) -> bool:
    """Tell whether a cell is one of the instructor's once more, so that it adds nothing."""
    for cell in own:
        size = cell.tokens.total() + mine.tokens.total()
        alike = 2 * (cell.tokens & mine.tokens).total() / max(1, size)
        named = mine.name == cell.name and alike > 0.5
        if cell.is_test and (named or (alike > 0.8 and size > 40)):
            flags.add(f"{cell.title}: a copy of this test cell was left out.", cell.index)
            return True
        if mine.plain == cell.plain:
            return True
    return False


def _added_to(cell: SourceCell, mine: SubmittedCell) -> list[_Extra]:
    """Return what a learner added to an ordinary cell: new names in code, new lines in prose."""
    if mine.plain in (cell.plain, cell.whole):
        return []
    if cell.kind == "code" and mine.kind == "code":
        added = _added_code(cell.whole, mine.text)
    else:
        known = set(cell.plain.split("\n"))
        added = "\n".join(line for line in mine.plain.split("\n") if line not in known)
    return [_Extra(mine.kind, added, mine.attachments)] if added.strip() else []


def _added_code(instructors: str, text: str) -> str:
    """Return the statements of a changed cell that bind names which it didn't bind before."""
    known, tree = _bound_names(instructors), _tree(text)
    if tree is None:
        return ""
    # The tree is of the transformed text: IPython's syntax in it comes out as plain calls.
    added = [each for each in tree.body if set(_binds(each)) - known]
    try:
        return "\n".join(ast.unparse(each) for each in added)
    except RecursionError:  # thousands of terms in one sum
        return ""


def _flag_fixed_cells(
    own: Sequence[SourceCell],
    theirs: list[SubmittedCell],
    places: dict[int, int],
    answers: _Answers,
    flags: Flags,
) -> None:
    where = {place: theirs[mine] for mine, place in places.items()}
    for cell in own:
        mine = where.get(cell.index)
        what = "test" if cell.is_test else "instructor's"
        if cell.is_answer:
            if cell.index not in answers.found:
                flags.add(f"{cell.title}: the answer cell is missing.", cell.index)
        elif mine is None:
            absent = cell.kind == "code" and cell.index not in answers.tests_inside
            if absent or (cell.is_test and cell.index not in answers.tests_inside):
                flags.add(f"{cell.title}: the {what} cell had been deleted.", cell.index)
        elif cell.is_test and mine.plain == cell.whole != cell.plain:
            flags.add(f"{cell.title}: the test cell held the hidden tests.", cell.index)
        elif mine.plain != cell.plain or mine.kind != cell.kind:
            flags.add(
                f"{cell.title}: the {what} cell had been changed; the instructor's text counts.",
                cell.index,
            )


# --- Building


def _build(
    source: NotebookNode,
    own: Sequence[SourceCell],
    answers: _Answers,
    extras: dict[int, list[_Extra]],
) -> NotebookNode:
    ids = _ids(own)
    cells = list(_extra_cells(extras.get(-1, ()), 1))
    written = len(cells)
    for cell in own:
        cells.append(_restored_cell(source.cells[cell.index], cell, ids[cell.index], answers))
        after = list(_extra_cells(extras.get(cell.index, ()), written + 1))
        written += len(after)
        cells += after
    notebook = v4.new_notebook(cells=cells, metadata=copy.deepcopy(dict(source.metadata)))
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _restored_cell(
    cell: NotebookNode, own: SourceCell, cell_id: str, answers: _Answers
) -> NotebookNode:
    restored = _new_cell(own.kind, cell.source, cell_id)
    restored.metadata = copy.deepcopy(cell.metadata)
    if cell.get("attachments"):
        restored.attachments = copy.deepcopy(cell.attachments)
    if own.is_answer:
        found = answers.found.get(own.index)
        restored.source = own.released if found is None else found.text
        if found is not None and own.kind != "code" and found.attachments:
            restored.attachments = found.attachments
    return restored


def _extra_cells(extras: Iterable[_Extra], first: int) -> Iterator[NotebookNode]:
    for number, extra in enumerate(extras, first):
        cell = _new_cell(extra.kind, extra.text, f"extra-{number}")
        if extra.attachments and extra.kind != "code":
            cell.attachments = extra.attachments
        yield cell


def _new_cell(kind: str, text: str, cell_id: str) -> NotebookNode:
    make = {"code": v4.new_code_cell, "raw": v4.new_raw_cell}.get(kind, v4.new_markdown_cell)
    return make(text, id=cell_id)


def _ids(own: Sequence[SourceCell]) -> list[str]:
    """Return the instructor's cell ids; older notebooks without them get ones that stay."""
    ids: list[str] = []
    for cell in own:
        wanted = cell.cell_id
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted) or wanted in ids:
            wanted = f"cell-{cell.index + 1}"
        ids.append(wanted)
    return ids
