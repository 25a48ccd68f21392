"""Grade the submissions of a lesson with nbgrader, one after another, and lose none of them.

Each submission gets a `Mark` with a status:

| status     | meaning                                                                            |
|------------|------------------------------------------------------------------------------------|
| graded     | every test cell ran; `score` counts what is decided so far                         |
| failed     | nbgrader could not grade it (the kernel died, a cell twice, …); no score           |
| unreadable | the file is no notebook (empty, damaged, not JSON); no score                       |

`message` says what is wrong in words. A question that got no points for a reason other than a wrong
answer (its cell is missing, it ran out of time, a passing test wrote to stderr, which nbgrader
counts as a failure) is handed to a person: it is flagged in the gradebook as needing a manual
grade. Marks that a person gave in Formgrader survive grading again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.grading.class_directory import graded_cells, resolve_lesson, students_with
from course_lib.grading.nbgrader_api import logged_to, open_api

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedAssignment
    from nbgrader.apps import NbGraderAPI

CHECKS_SUFFIX = "-checks"


@dataclass(frozen=True)
class Question:
    """One graded cell: the exercise's name, points reached (None: undecided), points possible."""

    name: str
    score: float | None
    max_score: float


@dataclass(frozen=True)
class Mark:
    """What grading one submission came to; see the module's table for `status`."""

    student: str
    lesson: str
    score: float | None
    max_score: float
    needs_manual: bool
    status: str
    message: str = ""
    questions: list[Question] = field(default_factory=list)


def grade(
    directory: Path,
    lesson: str,
    *,
    students: Iterable[str] | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> list[Mark]:
    """Grade a lesson's submissions, also those that were graded before, and return their marks.

    Students are entered in the gradebook. What nbgrader says goes to `DIR/logs/LESSON/STUDENT.log`.
    A submission whose grading is interrupted counts as not graded.

    Args:
        directory: the class directory.
        lesson: a lesson's id, or the start of one.
        students: only these; everyone who handed in when None.
        on_progress: called with (submissions done, submissions in all, student) before and after
            each.

    Raises:
        CourseError: DIR is no class directory, there is no such lesson, or nothing was handed in.
    """
    directory = Path(directory)
    lesson = resolve_lesson(directory, lesson)
    chosen = _choose(students_with(directory, lesson), students, lesson)
    report = on_progress or (lambda done, total, student: None)
    marks = []
    with open_api(directory) as api:
        for number, student in enumerate(chosen):
            report(number, len(chosen), student)
            marks.append(_grade_one(api, directory, lesson, student))
            report(number + 1, len(chosen), student)
    return marks


def _choose(submitted: list[str], wanted: Iterable[str] | None, lesson: str) -> list[str]:
    if not submitted:
        raise CourseError(
            f"Nobody has handed in {lesson} yet. Take submissions in with "
            f"`course class collect DIR {lesson} PATH`."
        )
    if wanted is None:
        return submitted
    chosen = list(dict.fromkeys(wanted))
    unknown = [student for student in chosen if student not in submitted]
    if unknown:
        raise CourseError(
            f"Not handed in {lesson}: {', '.join(unknown)}. Handed in: {', '.join(submitted)}."
        )
    return chosen


def _grade_one(api: "NbGraderAPI", directory: Path, lesson: str, student: str) -> Mark:
    source = _read(directory / "source" / lesson / f"{lesson}.ipynb")
    order = list(graded_cells(source))
    submitted, unreadable = _try_to_read(
        directory / "submitted" / student / lesson / f"{lesson}.ipynb"
    )
    with api.gradebook as gradebook:
        _forget_automatic_scores(gradebook, lesson, student)
    log = directory / "logs" / lesson / f"{student}.log"
    with logged_to(api, log) as errors:
        result = api.autograde(lesson, student, force=True, create=True)
    if any(isinstance(error, KeyboardInterrupt) for error in errors):
        raise KeyboardInterrupt  # nbgrader turns it into a failed submission, but someone said stop
    doubts: dict[str, str] = {}
    if result["success"]:
        status, message = "graded", ""
        executed = _read(directory / "autograded" / student / lesson / f"{lesson}.ipynb")
        doubts = find_doubts(order, submitted, executed)
        message = " ".join(dict.fromkeys(doubts.values()))
    elif unreadable:
        status, message = "unreadable", unreadable
    else:
        status, message = "failed", _explain(errors, order, submitted, log)
    with api.gradebook as gradebook:
        return _mark(gradebook, lesson, student, status, message, order, doubts)


def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _try_to_read(path: Path) -> tuple[NotebookNode | None, str]:
    """Return the notebook, or None and what is wrong with the file."""
    if not path.is_file():
        return None, f"There is no file {path.name} in {path.parent}."
    if not path.read_bytes().strip():
        return None, "The file is empty."
    try:
        notebook = _read(path)
        graded_cells(notebook)
    except Exception as error:  # a damaged file may fail in any way; each way is the same verdict
        if isinstance(error, nbformat.reader.NotJSONError | UnicodeDecodeError):
            return None, "The file is no notebook: it is not JSON."
        return None, f"The file is JSON but no notebook that can be read ({error!r:.200})."
    return notebook, ""


def find_doubts(
    order: list[str], submitted: NotebookNode, executed: NotebookNode
) -> dict[str, str]:
    """Return cells whose lost points may not be the answer's fault: cell id -> the reason."""
    doubts = {}
    present = graded_cells(submitted)
    for cell_id in order:
        if cell_id not in present and not cell_id.endswith(CHECKS_SUFFIX):
            doubts[cell_id] = f"The answer cell {cell_id!r} is missing."
            doubts[cell_id + CHECKS_SUFFIX] = doubts[cell_id]
    stopped = ""
    for cell in executed.cells:
        cell_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        outputs = cell.get("outputs", [])
        names = {output.get("ename") or output.get("name") for output in outputs}
        if "CellTimeoutError" in names:
            stopped = (
                f"The cell {cell_id!r} ran out of time." if cell_id else "A cell ran out of time."
            )
        if stopped:
            # What a stopped cell should have defined is missing in every cell after it.
            doubts.setdefault(cell_id, stopped)
        elif cell_id in order and "stderr" in names and not _raised(outputs):
            doubts[cell_id] = f"{cell_id!r} passed but wrote to stderr, which costs the points."
    return doubts


def _raised(outputs: list[NotebookNode]) -> bool:
    return any(output.output_type == "error" for output in outputs)


def _explain(
    errors: list[BaseException], order: list[str], submitted: NotebookNode, log: Path
) -> str:
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in submitted.cells]
    twice = sorted({cell_id for cell_id in ids if cell_id and ids.count(cell_id) > 1})
    names = {type(error).__name__ for error in errors}
    if "DeadKernelError" in names:
        return "The kernel died on it: out of memory, or the code ended the process."
    if twice:
        return f"The notebook holds {', '.join(twice)} more than once, which nbgrader can't grade."
    missing = [cell_id for cell_id in order if cell_id not in ids]
    if missing:
        return f"The notebook lacks {', '.join(missing)}, which nbgrader can't grade around."
    if errors:
        return f"nbgrader could not grade it: {errors[0]!r:.200} (log: {log})."
    return f"nbgrader could not grade it (log: {log})."


def _forget_automatic_scores(gradebook: "Gradebook", lesson: str, student: str) -> None:
    """Clear an earlier run's scores, so that a run that fails or is killed can't leave them."""
    submission = _find_submission(gradebook, lesson, student)
    if submission is None:
        return
    for notebook in submission.notebooks:
        for grade_ in notebook.grades:
            grade_.auto_score = None
            grade_.needs_manual_grade = True
    gradebook.db.commit()


def _find_submission(
    gradebook: "Gradebook", lesson: str, student: str
) -> "SubmittedAssignment | None":
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_submission(lesson, student)
    except MissingEntry:
        return None


def _mark(
    gradebook: "Gradebook",
    lesson: str,
    student: str,
    status: str,
    message: str,
    order: list[str],
    doubts: dict[str, str],
) -> Mark:
    """Flag doubtful questions in the gradebook, and read the mark from it."""
    submission = gradebook.find_submission(lesson, student)
    grades = [grade_ for notebook in submission.notebooks for grade_ in notebook.grades]
    for grade_ in grades:
        if grade_.name in doubts and not grade_.auto_score and grade_.manual_score is None:
            grade_.needs_manual_grade = True
    gradebook.db.commit()
    position = {name: number for number, name in enumerate(order)}
    grades.sort(key=lambda grade_: position.get(grade_.name, len(position)))
    return Mark(
        student=student,
        lesson=lesson,
        score=submission.score if status == "graded" else None,
        max_score=submission.max_score,
        needs_manual=submission.needs_manual_grade,
        status=status,
        message=message,
        questions=[_question(grade_) for grade_ in grades],
    )


def _question(grade_: object) -> Question:
    decided = grade_.auto_score is not None or grade_.manual_score is not None
    name = grade_.name.removesuffix(CHECKS_SUFFIX)
    return Question(name, grade_.score if decided else None, grade_.max_score)
