"""From a lesson to its two notebooks: the instructor's, and the student's without the answers."""

import copy
import hashlib
from collections import Counter

import nbformat
from nbformat import NotebookNode, v4

from course_lib.authoring.source import SOLUTION_MARKS, Cell, Lesson, heading_above

_NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{owner_and_name}/blob/main/{folder}/{name}.ipynb)"
)
_COLAB_SET_UP = """\
# On Colab this installs the course's helpers (about a minute). Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "git+{repository}"
"""


def instructor_notebook(lesson: Lesson, repository: str = "") -> NotebookNode:
    """Return the notebook with answers, hidden tests and nbgrader metadata, without outputs.

    `repository` is the web address of the course's Git repository; with it the notebook gets a
    Colab badge and a set-up cell, without it neither. A lesson always gets the same cell ids.
    """
    nodes = [_node(cell) for cell in lesson.cells]
    _write_points_into_headings(lesson, nodes)
    if repository:
        nodes[1:1] = _colab_cells(repository, "solutions", lesson.name)
    _assign_ids(nodes)
    return _notebook(nodes)


def student_notebook(instructor: NotebookNode) -> NotebookNode:
    """Return a copy without answers and hidden tests, by the steps of nbgrader's own release."""
    # nbgrader is slow to import, and only building needs it.
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, LockCells

    notebook = copy.deepcopy(instructor)
    for step in (LockCells, ClearSolutions, ClearHiddenTests):
        notebook, _ = step().preprocess(notebook, {})
    for cell in notebook.cells:
        cell.source = cell.source.replace("/blob/main/solutions/", "/blob/main/lessons/").rstrip()
    nbformat.validate(notebook)
    return notebook


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    notebook = v4.new_notebook(cells=cells, metadata=copy.deepcopy(_NOTEBOOK_METADATA))
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _node(cell: Cell) -> NotebookNode:
    make = v4.new_markdown_cell if cell.kind == "markdown" else v4.new_code_cell
    node = make(source=_readable(cell), id="unset")
    if cell.word:
        node.metadata["nbgrader"] = _nbgrader_metadata(cell)
    return node


def _readable(cell: Cell) -> str:
    """Return the text of a cell; in prose, where `###` is a heading, markers become comments."""
    if cell.kind == "code":
        return cell.source
    begin, end = SOLUTION_MARKS
    return cell.source.replace(begin, "<!-- BEGIN SOLUTION -->\n**A good answer.**").replace(
        end, "<!-- END SOLUTION -->"
    )


def _write_points_into_headings(lesson: Lesson, nodes: list[NotebookNode]) -> None:
    """Append the points of each question to the heading above it, where a learner sees them."""
    points = {cell.exercise: cell.points for cell in lesson.cells if cell.points}
    for position, cell in enumerate(lesson.cells):
        above = heading_above(lesson.cells, position)
        if cell.word not in ("solution", "written") or above is None:
            continue
        heading, newline, rest = nodes[above].source.partition("\n")
        worth = points[cell.exercise]
        unit = "point" if worth == 1 else "points"
        nodes[above].source = f"{heading} ({worth} {unit}){newline}{rest}"


def _nbgrader_metadata(cell: Cell) -> dict:
    """Return nbgrader's cell metadata, schema version 3."""
    is_checks = cell.word == "checks"
    metadata = {
        "grade": bool(cell.points),
        "grade_id": f"{cell.exercise}-checks" if is_checks else cell.exercise,
        "locked": is_checks,
        "schema_version": 3,
        "solution": not is_checks,
        "task": False,
    }
    if cell.points:
        metadata["points"] = cell.points
    return metadata


def _colab_cells(repository: str, folder: str, name: str) -> list[NotebookNode]:
    address = repository.rstrip("/").removesuffix(".git")
    owner_and_name = "/".join(address.split("/")[-2:])
    badge = _BADGE.format(owner_and_name=owner_and_name, folder=folder, name=name)
    set_up = _COLAB_SET_UP.format(repository=address).rstrip()
    return [v4.new_markdown_cell(badge, id="unset"), v4.new_code_cell(set_up, id="unset")]


def _assign_ids(nodes: list[NotebookNode]) -> None:
    """Name graded cells after their exercise, others by their content, so that ids never wander."""
    seen: Counter[str] = Counter()
    for node in nodes:
        graded = node.metadata.get("nbgrader")
        digest = hashlib.sha256(f"{node.cell_type}\n{node.source}".encode()).hexdigest()
        name = graded["grade_id"][:56] if graded else digest[:12]
        seen[name] += 1
        node.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
