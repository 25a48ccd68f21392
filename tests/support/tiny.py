"""A tiny lesson, what learners hand in for it, and where a class keeps it."""

import zipfile

import nbformat
from nbformat import v4

from course_tools.commands.sample_class import write_submission

LESSON = "01_tiny"
RIGHT = {
    "add": "def add(a, b):\n    return a + b\n",
    "twice": "def twice(a):\n    return 2 * a\n",
    "why": "Because a sum is a sum.",
}
NO_TWICE = RIGHT | {"twice": "def twice(a):\n    return a\n"}


def graded(kind, grade_id, source, points=0, checks=False):
    metadata = {
        "grade": bool(points),
        "grade_id": grade_id,
        "locked": checks,
        "schema_version": 3,
        "solution": not checks,
        "task": False,
    }
    if points:
        metadata["points"] = points
    make = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
    return make(source, metadata={"nbgrader": metadata}, id=grade_id)


def tiny_lesson(test_of_twice="assert twice(4) == 8", extra=()):
    """Two exercises worth 2 and 1 points and a written question worth 3; imports nothing."""
    cells = [
        v4.new_markdown_cell("# Tiny", id="title"),
        graded("code", "add", "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n"
               "    ### END SOLUTION"),
        graded("code", "add-checks", "assert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\n"
               "assert add(2, 2) == 4\n### END HIDDEN TESTS", 2, checks=True),
        graded("code", "twice", "def twice(a):\n    ### BEGIN SOLUTION\n    return 2 * a\n"
               "    ### END SOLUTION"),
        graded("code", "twice-checks", test_of_twice, 1, checks=True),
        graded("markdown", "why", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3),
        *extra,
    ]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def release_of(directory, lesson=LESSON):
    return directory / "release" / lesson / f"{lesson}.ipynb"


def submitted(directory, student, lesson=LESSON):
    return directory / "submitted" / student / lesson / f"{lesson}.ipynb"


def solution_file(folder, name=LESSON, notebook=None):
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook or tiny_lesson(), path)
    return path


def files_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hand_in(directory, **answers_by_student):
    for student, answers in answers_by_student.items():
        write_submission(release_of(directory), answers, submitted(directory, student))


def export_folder(tmp_path, files):
    folder = tmp_path / "export"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def export_zip(tmp_path, files, name="export.zip"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in files.items():
            archive.writestr(entry, content)
    return path


def scores(record):
    return {each.id: each.score for each in record.questions}


def ledger_file(directory, student):
    return directory / "ledger" / LESSON / f"{student}.json"
