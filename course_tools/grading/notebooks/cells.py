"""What a lesson's cells mean: answers, tests, questions, and what learners get to see of them.

nbgrader notes in a cell's metadata what the cell is for. Only this module reads those notes, and
only this one knows how the course names things:

- An *answer* is a cell that the learner fills in.
- A *test* is a cell that gives points to the answer above it. The test of the question `recall`
  has the id `recall-checks` in nbgrader's gradebook, its answer the id `recall`.
- A *written* answer gets its points from a person.
- A *question* is what points are given for, called by the same name in the ledger, in the feedback
  and in the export.

`ReleaseRules` say what nbgrader leaves out of a cell when it releases a lesson.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.language import ENGLISH

# Marks the cell with links to the course's own lessons, which a class does without.
LINKS_TAG = "links-to-colab"
# How the build begins a check cell. Folded, the cell shows this line alone: JupyterLab shows the
# first line, and Colab takes `@title` for the title of a form.
CHECK_TITLE = "# @title ▶ "
# Where the metadata of a notebook says what language it is written in; see `language_of_notebook`.
LANGUAGE = "course_language"
_CHECKS_SUFFIX = "-checks"


def language_of_notebook(notebook: NotebookNode) -> str:
    """Return the code of the language that a notebook is written in, such as "en"."""
    return str(notebook.metadata.get(LANGUAGE, ENGLISH))


def with_note(text: str, note: str) -> str:
    """Return a markdown cell's text with a note below its heading, or above it all without one."""
    first, _newline, rest = text.partition("\n")
    if first.startswith("#"):
        return f"{first}\n\n{note}\n\n{rest.lstrip()}".rstrip()
    return f"{note}\n\n{text}"


def nbgrader_metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return nbgrader's notes about a cell; empty if there are none that can be read."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return a cell's id in nbgrader's gradebook, or an empty string."""
    found = nbgrader_metadata(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def is_answer(cell: Mapping[str, Any]) -> bool:
    """Tell whether a learner fills this cell in."""
    return bool(nbgrader_metadata(cell).get("solution"))


def is_graded(cell: Mapping[str, Any]) -> bool:
    """Tell whether points are given for this cell."""
    return bool(nbgrader_metadata(cell).get("grade"))


def is_test(cell: Mapping[str, Any]) -> bool:
    """Tell whether this cell gives points to the answer above it."""
    return is_graded(cell) and not is_answer(cell)


def is_written(cell: Mapping[str, Any]) -> bool:
    """Tell whether a person gives points for what is written in this cell."""
    return is_graded(cell) and (is_answer(cell) or cell.get("cell_type") != "code")


def points_of(cell: Mapping[str, Any]) -> float:
    """Return how many points a cell is worth."""
    return float(nbgrader_metadata(cell).get("points", 0))


def graded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells for which points are given, in order: one for each question."""
    return [cell for cell in notebook.cells if is_graded(cell)]


def checks_id(question: str) -> str:
    """Return the id of the cell that tests the answer to a question."""
    return question + _CHECKS_SUFFIX


def question_of(cell_id: str) -> str:
    """Return the question that the cell with this id in nbgrader's gradebook belongs to."""
    return cell_id.removesuffix(_CHECKS_SUFFIX)


def position_of(notebook: NotebookNode, cell_id: str) -> int:
    """Return the place of the cell with this id in nbgrader's gradebook.

    Raises:
        CourseError: no cell has this id.
    """
    for index, cell in enumerate(notebook.cells):
        if grade_id(cell) == cell_id:
            return index
    raise CourseError(
        f"The notebook has no cell {cell_id!r}. Take the id from the lesson's own notebook."
    )


@dataclass(frozen=True)
class ReleaseRules:
    """What nbgrader cuts out of an instructor's cell and puts there; the defaults are its own.

    A region begins with any line that contains its first mark, and ends with the next line that
    contains its second one, whatever else those lines contain. Both are cut out with the region.

    Attributes:
        code_stub: takes the place of an answer in code.
        text_stub: takes the place of a written answer.
        solution: marks of an answer.
        hidden_tests: marks of tests that learners don't get.
        mark_scheme: marks of advice for the person who grades.
    """

    code_stub: str = "# YOUR CODE HERE\nraise NotImplementedError()"
    text_stub: str = "YOUR ANSWER HERE"
    solution: tuple[str, str] = ("BEGIN SOLUTION", "END SOLUTION")
    hidden_tests: tuple[str, str] = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
    mark_scheme: tuple[str, str] = ("BEGIN MARK SCHEME", "END MARK SCHEME")

    def released_text(self, cell: NotebookNode) -> str:
        """Return an instructor's cell as learners get it."""
        text = cell.source
        if is_answer(cell):
            stub = self.code_stub if cell.cell_type == "code" else self.text_stub
            text, has_region = _replace_regions(text, self.solution, stub)
            text = text if has_region else stub
        text, _ = _replace_regions(text, self.hidden_tests)
        text, _ = _replace_regions(text, self.mark_scheme)
        return text.rstrip()

    def without_stubs(self, released: str) -> str:
        """Return a released text without the lines that stand in for an answer."""
        stubs = f"{self.code_stub}\n{self.text_stub}".split("\n")
        stub_lines = {line.strip() for line in stubs}
        return "\n".join(line for line in released.split("\n") if line.strip() not in stub_lines)

    def hidden_lines(self, source: str) -> frozenset[int]:
        """Return which lines of a test learners don't get, counted from 1 as Python counts them."""
        lines = enumerate(_by_region(lines_of(source), self.hidden_tests), 1)
        return frozenset(number for number, (_, where) in lines if where != "outside")


NBGRADERS_RULES = ReleaseRules()


def lines_of(source: str) -> list[str]:
    """Return the lines of code as Python counts them: the n-th is the line n of a traceback."""
    return re.split(r"\r\n|\r|\n", source)


def _replace_regions(
    text: str, marks: tuple[str, str], stub: str | None = None
) -> tuple[str, bool]:
    """Return a text with each region cut out, or replaced by a stub; and whether it had any."""
    kept, has_region = [], False
    for line, where in _by_region(text.split("\n"), marks):
        if where == "begin":
            has_region = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [] if stub is None else [indent + stub_line for stub_line in stub.split("\n")]
        elif where == "outside":
            kept.append(line)
    return "\n".join(kept), has_region


def _by_region(lines: list[str], marks: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each line with where it stands: "outside" a region, at its "begin", "inside", "end"."""
    begin, end = marks
    inside = False
    for line in lines:
        if begin in line:
            inside = True
            yield line, "begin"
        elif end in line:
            inside = False
            yield line, "end"
        else:
            yield line, "inside" if inside else "outside"
