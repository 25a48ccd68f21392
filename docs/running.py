"""Running the lessons for the site, and keeping what came out until something changes."""

import copy
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from course_lib import assets, environment, language
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.authoring import execute
from course_tools.grading.notebooks import course_files
from docs.editions import SolvedLesson, folder_of


def executed(lesson: SolvedLesson, kept: Path, say: Callable[[str], None]) -> NotebookNode:
    """Return the lesson's notebook with its outputs, run now or taken from the folder `kept`.

    Raises:
        CourseError: a cell fails.
    """
    notebook = copy.deepcopy(lesson.notebook)
    name = f"{folder_of(lesson.language)}{lesson.name}"
    path = kept / f"{name}-{_digest(lesson)}.ipynb"
    if not path.is_file():
        say(f"Running {name} …")
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                execute(notebook, Path(folder))
            except CellExecutionError as error:
                raise CourseError(f"{name} fails:\n{error}") from error
        for older in path.parent.glob(f"{lesson.name}-*.ipynb"):
            older.unlink()
        write_atomically(path, nbformat.writes(notebook).encode())
        say(f"  … {time.monotonic() - start:.0f} seconds; not again until it changes.")
    return nbformat.read(path, as_version=4)


def _digest(lesson: SolvedLesson) -> str:
    """Return a digest of what the outputs depend on: cells, the course's modules, versions."""
    cells = lesson.notebook.cells
    modules = course_files(cell.source for cell in cells if cell.cell_type == "code")
    catalogues = language.LOCALE.glob(f"{lesson.language}/*/*.mo")
    parts = [
        nbformat.writes(lesson.notebook).encode(),
        *(path.read_bytes() for path in [*modules.values(), *catalogues]),
        (assets.FOLDER / "manifest.json").read_bytes(),
        json.dumps(environment.versions()).encode(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
