"""Submissions for demonstrations and tests: released notebooks with answers filled in."""

from collections.abc import Mapping
from pathlib import Path

import nbformat

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.authoring import read_lesson
from course_tools.grading.notebooks import grade_id, is_answer

LESSON = "05_resnet50_transfer_learning"
# What each sample student handed in for the exercise at a position: the lesson's own solution, the
# first of its wrong answers, or nothing.
SAMPLE_CLASS = {
    "Ada": lambda position: "solution",
    "Ben": lambda position: "solution" if position % 2 == 0 else "wrong",
    "Cleo": lambda position: "",
    "Dan": lambda position: "wrong",
}


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


def write_sample_submissions(root: Path, class_directory: Path, target: Path) -> None:
    """Fill in the released notebook for each sample student: `target/STUDENT/LESSON.ipynb`."""
    release = class_directory / "release" / LESSON / f"{LESSON}.ipynb"
    for student in SAMPLE_CLASS:
        write_submission(
            release, sample_answers(root, student), target / student / f"{LESSON}.ipynb"
        )


def sample_answers(root: Path, student: str) -> dict[str, str]:
    """Return a sample student's answers: exercise -> source of the answer cell."""
    answers = {}
    lesson = read_lesson(root / "solutions" / f"{LESSON}.py")
    solutions = [cell for cell in lesson.cells if cell.role == "solution"]
    for position, cell in enumerate(solutions):
        kind = SAMPLE_CLASS[student](position)
        if kind == "solution":
            answers[cell.exercise] = cell.source
        elif kind == "wrong":
            folder = root / "answers" / LESSON / cell.exercise
            answers[cell.exercise] = sorted(folder.glob("wrong_*.py"))[0].read_text("utf-8")
    return answers
