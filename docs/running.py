"""Running the lessons for the site, and keeping what came out until something changes."""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from course_lib import assets, environment
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.authoring import Lesson, execute, instructor_notebook
from course_tools.grading.notebooks import course_files


def executed(lesson: Lesson, kept: Path, say: Callable[[str], None]) -> NotebookNode:
    """Return the solved notebook with its outputs, run now or taken from the folder `kept`.

    Raises:
        CourseError: a cell fails.
    """
    notebook = instructor_notebook(lesson)
    path = kept / f"{lesson.name}-{_digest(notebook)}.ipynb"
    if not path.is_file():
        say(f"Running {lesson.name} …")
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                execute(notebook, Path(folder))
            except CellExecutionError as error:
                raise CourseError(f"{lesson.name} fails:\n{error}") from error
        for older in kept.glob(f"{lesson.name}-*.ipynb"):
            older.unlink()
        write_atomically(path, nbformat.writes(notebook).encode())
        say(f"  … {time.monotonic() - start:.0f} seconds; not again until it changes.")
    return nbformat.read(path, as_version=4)


def _digest(notebook: NotebookNode) -> str:
    """Return a digest of what the outputs depend on: cells, the course's modules, versions."""
    modules = course_files(cell.source for cell in notebook.cells if cell.cell_type == "code")
    parts = [
        nbformat.writes(notebook),
        *(path.read_text(encoding="utf-8") for path in modules.values()),
        (assets.FOLDER / "manifest.json").read_text(encoding="utf-8"),
        json.dumps(environment.versions()),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
