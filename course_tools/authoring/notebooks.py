"""From a lesson to its two notebooks: the instructor's, and the student's without the answers."""

import ast
import copy
import hashlib
from collections import Counter

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode, v4

from course_lib.language import ENGLISH, _, later, ngettext, using
from course_tools.authoring.sealing import sealed
from course_tools.authoring.source import (
    SOLUTION_MARKS,
    Cell,
    Lesson,
    heading_above,
    hints_of,
    title_and_lesson,
)
from course_tools.authoring.times import MINUTES, PLACEHOLDER, lesson_minutes
from course_tools.grading.notebooks import (
    CHECK_TITLE,
    LANGUAGE,
    LINKS_TAG,
    checks_id,
    grade_id,
    nbgrader_metadata,
)

_NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Where a notebook opens on Colab. The same links stand in a lesson and in its solved notebook.
_ON_COLAB = (
    "https://colab.research.google.com/github/{owner_and_name}/blob/main/{folder}/{name}.ipynb"
)
_BADGE = later(
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({lesson})"
    " \u00a0 [the lesson with all answers]({solution})"
)
_COLAB_SET_UP = later(
    """\
# On Colab this installs the course's helpers (about a minute; if it fails, run the cell again).
# Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "{requirement}"
"""
)
# The empty lines make notebooks and the site render what is inside as Markdown.
_HINT = later("<details><summary>Hint {number}</summary>\n\n{hint}\n\n</details>")
# What a learner does, in words that the headings say.
_TASKS = {"write": later("write"), "judge": later("judge"), "explain": later("explain")}
# How a lesson's first code cell starts; a translated one names its language there.
_START = "environment.start()"
# JupyterLab and Colab fold a cell's code by these. VS Code keeps no such thing in the file.
_FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
PACKAGE = "pretrained-models-course"
# The extra that a lesson needs installed if it imports this module of `course_lib`.
EXTRAS = {"solar": "solar"}


def instructor_notebook(lesson: Lesson, repository: str = "") -> NotebookNode:
    """Return the notebook with answers, hidden tests and nbgrader metadata, without outputs.

    `repository` is the web address of the course's Git repository; with it the notebook gets a
    Colab badge, a link to the solved notebook there, and a first code cell that sets Colab up.
    A lesson always gets the same cell ids.
    """
    return _notebook(_in_english(lesson, repository)[0])


def translated_notebook(
    lesson: Lesson, translation: Lesson, language: str, repository: str = ""
) -> NotebookNode:
    """Return the instructor's notebook of a translation: the same cells with the same ids."""
    originals, minutes = _in_english(lesson, repository)
    with using(language):
        nodes = _nodes(translation)
        _add_surroundings(nodes, translation, minutes, repository, language)
    for node, original in zip(nodes, originals, strict=True):
        node.id = original.id
        if node.cell_type == "code":
            node.source = node.source.replace(_START, f'environment.start("{language}")')
    notebook = _notebook(nodes)
    notebook.metadata[LANGUAGE] = language
    return notebook


def student_notebook(instructor: NotebookNode) -> NotebookNode:
    """Return a copy without answers and hidden tests, by the steps of nbgrader's own release."""
    # nbgrader is slow to import, and only building needs it.
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, LockCells

    notebook = copy.deepcopy(instructor)
    for step in (LockCells, ClearSolutions, ClearHiddenTests):
        notebook = step().preprocess(notebook, {})[0]
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()
    nbformat.validate(notebook)
    return notebook


def _in_english(lesson: Lesson, repository: str) -> tuple[list[NotebookNode], int]:
    """Return a lesson's cells with their ids, and how many minutes it takes."""
    with using(ENGLISH):
        nodes = _nodes(lesson)
        minutes = lesson_minutes(lesson.cells, nodes)
        _add_surroundings(nodes, lesson, minutes, repository)
    _assign_ids(nodes)
    return nodes, minutes


def _nodes(lesson: Lesson) -> list[NotebookNode]:
    nodes = [_node(cell) for cell in lesson.cells]
    _write_tasks_into_headings(lesson, nodes)
    return nodes


def _add_surroundings(
    nodes: list[NotebookNode], lesson: Lesson, minutes: int, repository: str, language: str = ""
) -> None:
    nodes[0].source = nodes[0].source.replace(PLACEHOLDER, str(minutes))
    if repository:
        _prepare_for_colab(nodes, repository, lesson, language)


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    notebook = v4.new_notebook(cells=cells, metadata=copy.deepcopy(_NOTEBOOK_METADATA))
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _node(cell: Cell) -> NotebookNode:
    make = v4.new_markdown_cell if cell.kind == "markdown" else v4.new_code_cell
    node = make(source=_readable(cell), id="unset")
    if cell.role == "checks":
        node.source = _with_check_title(cell, node.source)
        node.metadata.update(copy.deepcopy(_FOLDED))
    if cell.role and cell.role != "hints":
        node.metadata["nbgrader"] = _metadata_for_nbgrader(cell)
    return node


def _with_check_title(cell: Cell, code: str) -> str:
    """Return a check's code below a line that says what it is, all that shows when folded."""
    title = title_and_lesson(cell)[0]
    title = " ".join(title.split()) or cell.exercise
    is_numbered = title.startswith("Exercise ")
    text = f"Check e{title[1:]}" if is_numbered else _("Check: {title}").format(title=title)
    line = CHECK_TITLE + text
    first, newline, rest = code.partition("\n")
    if first.startswith("%%"):  # a cell magic has to stay first; Colab looks below it
        return f"{first}\n{line}{newline}{rest}"
    return f"{line}\n{code}"


def _readable(cell: Cell) -> str:
    """Return the text of a cell; in prose, where `###` makes a heading, marks become comments."""
    if cell.kind == "code":
        return sealed(cell.source) if cell.role == "checks" else cell.source
    if cell.role == "hints":
        numbered = enumerate(hints_of(cell), 1)
        return "\n\n".join(_(_HINT).format(number=number, hint=hint) for number, hint in numbered)
    begin, end = SOLUTION_MARKS
    good = _("**A good answer.**")
    return cell.source.replace(begin, f"<!-- BEGIN SOLUTION -->\n{good}").replace(
        end, "<!-- END SOLUTION -->"
    )


def _write_tasks_into_headings(lesson: Lesson, nodes: list[NotebookNode]) -> None:
    """Append each question's points, minutes and kind to the heading above it, for learners."""
    points = {cell.exercise: cell.points for cell in lesson.cells if cell.points}
    for position, cell in enumerate(lesson.cells):
        above = heading_above(lesson.cells, position)
        if cell.role not in ("solution", "written") or above is None:
            continue
        heading, newline, rest = nodes[above].source.partition("\n")
        worth = points[cell.exercise]
        with_task = _("{heading} ({points} · {minutes} minutes · {task})").format(
            heading=heading,
            points=ngettext("{count} point", "{count} points", worth).format(count=worth),
            minutes=MINUTES[cell.task],
            task=_(_TASKS[cell.task]),
        )
        nodes[above].source = f"{with_task}{newline}{rest}"


def _metadata_for_nbgrader(cell: Cell) -> dict:
    """Return nbgrader's cell metadata, schema version 3."""
    is_checks = cell.role == "checks"
    metadata = {
        "grade": bool(cell.points),
        "grade_id": checks_id(cell.exercise) if is_checks else cell.exercise,
        "locked": is_checks,
        "schema_version": 3,
        "solution": not is_checks,
        "task": False,
    }
    if cell.points:
        metadata["points"] = cell.points
    return metadata


def _prepare_for_colab(
    nodes: list[NotebookNode], repository: str, lesson: Lesson, language: str
) -> None:
    """Put the badge below the title, and the set-up into the first code cell.

    The set-up is not a cell of its own, which a learner could skip: the first code cell of a lesson
    imports `course_lib`, and cannot run without it.
    """
    address = repository.rstrip("/").removesuffix(".git")
    owner_and_name = "/".join(address.split("/")[-2:])
    below = f"/{language}" if language else ""
    links = {
        name: _ON_COLAB.format(owner_and_name=owner_and_name, folder=folder, name=lesson.name)
        for name, folder in (("lesson", f"lessons{below}"), ("solution", f"solutions{below}"))
    }
    extras = sorted({EXTRAS[name] for name in course_modules(lesson) if name in EXTRAS})
    requirement = f"git+{address}"
    if extras:
        requirement = f"{PACKAGE}[{','.join(extras)}] @ {requirement}"
    set_up = _(_COLAB_SET_UP).format(requirement=requirement).rstrip()
    first = next(i for i, node in enumerate(nodes) if node.cell_type == "code")
    if nbgrader_metadata(nodes[first]):
        nodes.insert(first, v4.new_code_cell(set_up, id="unset"))
    else:
        nodes[first].source = f"{set_up}\n\n{nodes[first].source}"
    badge = v4.new_markdown_cell(_(_BADGE).format(**links), id="unset")
    badge.metadata["tags"] = [LINKS_TAG]
    nodes.insert(1, badge)


def course_modules(lesson: Lesson) -> set[str]:
    """Return the names of the modules of `course_lib` that the cells of a lesson import."""
    names = set()
    for cell in lesson.cells:
        if cell.kind != "code":
            continue
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell.source))):
            if isinstance(node, ast.ImportFrom) and node.module == "course_lib":
                names |= {f"course_lib.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("course_lib.")}


def _assign_ids(nodes: list[NotebookNode]) -> None:
    """Name graded cells after their exercise, others by their content, so that ids are stable."""
    seen: Counter[str] = Counter()
    for node in nodes:
        digest = hashlib.sha256(f"{node.cell_type}\n{node.source}".encode()).hexdigest()
        name = grade_id(node)[:56] or digest[:12]
        seen[name] += 1
        node.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
