"""Rebuild a submission from the instructor's notebook: the learner gives answers and extra cells.

Nothing else of a submission is believed: not its metadata, tags, points, test cells or outputs.

1. *Read* (`reading.py`): bytes to cells of plain text, for any nbformat and most damage.
2. *Match* (`matching.py`): which of the instructor's cells is each of the learner's?
3. *Collect* (`answers.py`): a question's text from its cell, from copies and split-off parts of it,
   or from another cell that it was merged into.
4. *Build* (`_build`): the instructor's cells in their order, and the learner's own cells each after
   the instructor's cell that it followed.

`restore` is the door. What was odd goes into `flags`, for the instructor.
"""

import ast
import copy
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode, v4

from course_tools.grading.notebooks.answers import Answers
from course_tools.grading.notebooks.lesson_source import LessonSource
from course_tools.grading.notebooks.matching import SourceCell, match
from course_tools.grading.notebooks.reading import (
    Flags,
    SubmittedCell,
    UnreadableError,
    read_cells,
)
from course_tools.grading.notebooks.statements import binds, bound_names, tree_of

__all__ = ["Restored", "UnreadableError", "restore"]


@dataclass(frozen=True)
class Restored:
    """A submission as it was rebuilt.

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
    source_cells = source.cells
    submitted_cells = read_cells(submission, flags)
    matches = match(source_cells, submitted_cells)
    if not matches:
        flags.add("None of the lesson's cells were found: is this another notebook?")
    _flag_metadata(source_cells, submitted_cells, matches, flags)
    answers = Answers(source_cells, submitted_cells, matches, flags)
    extras = _collect_extra_cells(source_cells, submitted_cells, matches, answers, flags)
    _flag_fixed_cells(source_cells, submitted_cells, matches, answers, flags)
    notebook = _build(source.notebook, source_cells, answers, extras)
    texts = [(source_cells[place], found.text) for place, found in sorted(answers.found.items())]
    return Restored(
        notebook,
        {cell.name: text for cell, text in texts},
        frozenset(
            cell.name for cell in source_cells if cell.is_answer and cell.index not in answers.found
        ),
        frozenset(cell.name for cell, text in texts if text.strip() == cell.released.strip()),
        flags.sorted(),
    )


def _flag_metadata(
    source_cells: Sequence[SourceCell],
    submitted_cells: list[SubmittedCell],
    matches: dict[int, int],
    flags: Flags,
) -> None:
    graded = [
        (submitted_cells[index], source_cells[place])
        for index, place in matches.items()
        if source_cells[place].name
    ]
    stripped = [cell for submitted, cell in graded if submitted.name != cell.name]
    if stripped and len(stripped) == len(graded):
        flags.add("The notebook had lost nbgrader's metadata; its cells were found by their text.")
        stripped = []
    for cell in stripped:
        flags.add(
            f"{cell.title}: its nbgrader id was lost or wrong; found by its text.", cell.index
        )
    for submitted, cell in graded:
        keys = ("grade", "solution", "locked", "points", "task")
        changed = any(
            key in submitted.metadata and submitted.metadata[key] != cell.metadata.get(key)
            for key in keys
        )
        if submitted.name == cell.name and changed:
            flags.add(f"{cell.title}: its nbgrader metadata had been changed.", cell.index)
        if submitted.tags and (cell.is_test or cell.is_answer):
            flags.add(
                f"{cell.title}: tags had been added ({', '.join(submitted.tags)[:60]}).", cell.index
            )


# --- Extras


@dataclass
class _ExtraCell:
    kind: str
    text: str
    attachments: dict


def _collect_extra_cells(
    source_cells: Sequence[SourceCell],
    submitted_cells: list[SubmittedCell],
    matches: dict[int, int],
    answers: Answers,
    flags: Flags,
) -> dict[int, list[_ExtraCell]]:
    """Return the learner's own cells by the place of the instructor's cell that they follow."""
    served: dict[int, int] = {}
    for place, found in answers.found.items():
        for index in found.cells:
            served[index] = max(served.get(index, -1), place)
    extras: dict[int, list[_ExtraCell]] = defaultdict(list)
    last = -1
    for submitted in submitted_cells:
        matched = matches.get(submitted.index)
        if submitted.index in answers.used:
            last = served.get(submitted.index, last)
        elif matched is not None and not source_cells[matched].is_answer:
            last = matched
            extras[last] += _added_to(source_cells[matched], submitted)
        elif submitted.normalized and not _is_copy(source_cells, submitted, flags):
            extras[last].append(_ExtraCell(submitted.kind, submitted.text, submitted.attachments))
    return extras


def _is_copy(source_cells: Sequence[SourceCell], submitted: SubmittedCell, flags: Flags) -> bool:
    """Tell whether a cell repeats one of the instructor's, so that it adds nothing."""
    for cell in source_cells:
        size = cell.tokens.total() + submitted.tokens.total()
        alike = 2 * (cell.tokens & submitted.tokens).total() / max(1, size)
        named = submitted.name == cell.name and alike > 0.5
        if cell.is_test and (named or (alike > 0.8 and size > 40)):
            flags.add(f"{cell.title}: a copy of this test cell was left out.", cell.index)
            return True
        if submitted.normalized == cell.normalized:
            return True
    return False


def _added_to(cell: SourceCell, submitted: SubmittedCell) -> list[_ExtraCell]:
    """Return what a learner added to an ordinary cell: new names in code, new lines in prose."""
    if submitted.normalized in (cell.normalized, cell.normalized_source):
        return []
    if cell.kind == "code" and submitted.kind == "code":
        added = _added_code(cell.normalized_source, submitted.text)
    else:
        known = set(cell.normalized.split("\n"))
        added = "\n".join(line for line in submitted.normalized.split("\n") if line not in known)
    return [_ExtraCell(submitted.kind, added, submitted.attachments)] if added.strip() else []


def _added_code(instructors: str, text: str) -> str:
    """Return the statements of a changed cell that bind names which it didn't bind before."""
    known, tree = bound_names(instructors), tree_of(text)
    if tree is None:
        return ""
    # The tree is of the transformed text: IPython's syntax in it comes out as plain calls.
    added = [statement for statement in tree.body if set(binds(statement)) - known]
    try:
        return "\n".join(map(ast.unparse, added))
    except RecursionError:  # thousands of terms in one sum
        return ""


def _flag_fixed_cells(
    source_cells: Sequence[SourceCell],
    submitted_cells: list[SubmittedCell],
    matches: dict[int, int],
    answers: Answers,
    flags: Flags,
) -> None:
    where = {place: submitted_cells[index] for index, place in matches.items()}
    for cell in source_cells:
        submitted = where.get(cell.index)
        what = "test" if cell.is_test else "instructor's"
        if cell.is_answer:
            if cell.index not in answers.found:
                flags.add(f"{cell.title}: the answer cell is missing.", cell.index)
        elif submitted is None:
            absent = cell.kind == "code" and cell.index not in answers.tests_inside
            if absent or (cell.is_test and cell.index not in answers.tests_inside):
                flags.add(f"{cell.title}: the {what} cell had been deleted.", cell.index)
        elif cell.is_test and submitted.normalized == cell.normalized_source != cell.normalized:
            flags.add(f"{cell.title}: the test cell held the hidden tests.", cell.index)
        elif submitted.normalized != cell.normalized or submitted.kind != cell.kind:
            flags.add(
                f"{cell.title}: the {what} cell had been changed; the instructor's text counts.",
                cell.index,
            )


# --- Building


def _build(
    source: NotebookNode,
    source_cells: Sequence[SourceCell],
    answers: Answers,
    extras: dict[int, list[_ExtraCell]],
) -> NotebookNode:
    ids = _valid_ids(source_cells)
    cells = list(_new_extra_cells(extras.get(-1, ()), 1))
    written = len(cells)
    for cell in source_cells:
        cells.append(_restored_cell(source.cells[cell.index], cell, ids[cell.index], answers))
        after = list(_new_extra_cells(extras.get(cell.index, ()), written + 1))
        written += len(after)
        cells += after
    notebook = v4.new_notebook(cells=cells, metadata=copy.deepcopy(dict(source.metadata)))
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _restored_cell(
    original: NotebookNode, cell: SourceCell, cell_id: str, answers: Answers
) -> NotebookNode:
    restored = _new_cell(cell.kind, original.source, cell_id)
    restored.metadata = copy.deepcopy(original.metadata)
    if original.get("attachments"):
        restored.attachments = copy.deepcopy(original.attachments)
    if cell.is_answer:
        found = answers.found.get(cell.index)
        restored.source = cell.released if found is None else found.text
        if found is not None and cell.kind != "code" and found.attachments:
            restored.attachments = found.attachments
    return restored


def _new_extra_cells(extras: Iterable[_ExtraCell], first: int) -> Iterator[NotebookNode]:
    for number, extra in enumerate(extras, first):
        cell = _new_cell(extra.kind, extra.text, f"extra-{number}")
        if extra.attachments and extra.kind != "code":
            cell.attachments = extra.attachments
        yield cell


def _new_cell(kind: str, text: str, cell_id: str) -> NotebookNode:
    make = {"code": v4.new_code_cell, "raw": v4.new_raw_cell}.get(kind, v4.new_markdown_cell)
    return make(text, id=cell_id)


def _valid_ids(source_cells: Sequence[SourceCell]) -> list[str]:
    """Return the instructor's cell ids; cells of older notebooks get ids that stay the same."""
    ids: list[str] = []
    for cell in source_cells:
        wanted = cell.cell_id
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted) or wanted in ids:
            wanted = f"cell-{cell.index + 1}"
        ids.append(wanted)
    return ids
