"""Make a submission: a released notebook with answers filled in, for demonstrations and tests."""

from collections.abc import Mapping
from pathlib import Path

import nbformat

from course_lib.errors import CourseError
from course_lib.files import write_atomically
from course_lib.grading.cells import grade_id, is_answer


def write_submission(release_notebook: Path, answers: Mapping[str, str], to: Path) -> None:
    """Write a copy of a released notebook in which answer cells hold the given source.

    Args:
        release_notebook: the notebook that students get.
        answers: exercise id -> the whole source of its answer cell; the other cells stay untouched.
        to: the notebook file to write; missing folders are made.

    Raises:
        CourseError: there is no such notebook, or an exercise has no answer cell in it.
    """
    release_notebook = Path(release_notebook)
    if not release_notebook.is_file():
        raise CourseError(
            f"There is no released notebook {release_notebook}. Release the lesson first."
        )
    notebook = nbformat.read(release_notebook, as_version=4)
    cells = {grade_id(cell): cell for cell in notebook.cells if is_answer(cell)}
    unknown = sorted(set(answers) - set(cells))
    if unknown:
        raise CourseError(
            f"{release_notebook.name} has no answer cell {', '.join(unknown)}. "
            f"There are: {', '.join(cells)}."
        )
    for exercise, source in answers.items():
        cells[exercise].source = source.rstrip("\n")
    write_atomically(to, (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8"))
