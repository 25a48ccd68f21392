"""Write the marks of a class to a CSV file.

One row per student and lesson, for every lesson of the class and everyone who handed anything in or
stands in the gradebook:

| column             | meaning                                                                     |
|--------------------|-----------------------------------------------------------------------------|
| student, lesson    | their ids                                                                   |
| status             | `graded`; `failed`: grading gave no result or was interrupted; `not graded`:|
|                    | handed in since; `missing`: nothing handed in                               |
| score              | points decided so far, before any late penalty; empty unless graded, never  |
|                    | a 0 that nobody gave                                                        |
| max_score          | points possible                                                             |
| late_penalty       | points that nbgrader's late-submission plugin takes off; empty unless graded|
| needs_manual_grade | `yes` when a person has to look: a written answer, a failure, a doubt       |
| late_seconds       | seconds after the due date in the gradebook; empty when there is none       |
| submitted_at       | time of receipt, UTC, ISO 8601                                              |
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.errors import CourseError
from course_lib.files import write_atomically
from course_lib.grading.class_directory import lessons_of, students_with
from course_lib.grading.nbgrader_api import open_api

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
    from nbgrader.apps import NbGraderAPI

COLUMNS = (
    "student",
    "lesson",
    "status",
    "score",
    "max_score",
    "late_penalty",
    "needs_manual_grade",
    "late_seconds",
    "submitted_at",
)


def export_csv(directory: Path, output: Path) -> int:
    """Write the marks of all lessons and students to `output`, and return the number of rows.

    Raises:
        CourseError: DIR is no class directory, or the folder of `output` doesn't exist.
    """
    directory, output = Path(directory), Path(output)
    lessons = lessons_of(directory)
    if not output.parent.is_dir():
        raise CourseError(f"There is no folder {output.parent}. Make it, or name another file.")
    if output.is_dir():
        raise CourseError(f"{output} is a folder. Name a file, such as {output / 'marks.csv'}.")
    with open_api(directory) as api, api.gradebook as gradebook:
        rows = list(_rows(api, gradebook, directory, lessons))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    write_atomically(output, text.getvalue().encode("utf-8"))
    return len(rows)


def _rows(
    api: "NbGraderAPI", gradebook: "Gradebook", directory: Path, lessons: list[str]
) -> Iterator[dict]:
    handed_in = {lesson: set(students_with(directory, lesson)) for lesson in lessons}
    students = {student.id for student in gradebook.students}.union(*handed_in.values())
    assignments = {assignment.name: assignment for assignment in gradebook.assignments}
    for lesson in lessons:
        assignment = assignments[lesson]
        submissions = {each.student_id: each for each in assignment.submissions}
        current = api.get_autograded_students(lesson)
        for student in sorted(students):
            received = None
            if student in handed_in[lesson]:
                received = api.get_submitted_timestamp(lesson, student)
            submission = submissions.get(student)
            yield {
                "student": student,
                "lesson": lesson,
                "max_score": _number(assignment.max_score),
                "late_seconds": _late_seconds(assignment, submission, received),
                "submitted_at": received.isoformat(timespec="seconds") + "Z" if received else "",
            } | _result(submission, received, student in handed_in[lesson], student in current)


def _result(
    submission: "SubmittedAssignment | None", received: object, handed_in: bool, current: bool
) -> dict:
    """Return status, score, penalty and whether a person is needed.

    `current`: nbgrader holds an autograded notebook of the very submission that is in `submitted`.
    """
    status = "not graded" if handed_in else "missing"
    if submission is not None and current and not _undecided_tests(submission):
        return {
            "status": "graded",
            "score": _number(submission.score),
            "late_penalty": _number(submission.late_submission_penalty),
            "needs_manual_grade": "yes" if submission.needs_manual_grade else "no",
        }
    if handed_in and submission is not None and submission.timestamp == received:
        status = "failed"
    return {
        "status": status,
        "score": "",
        "late_penalty": "",
        "needs_manual_grade": "yes" if status == "failed" else "no",
    }


def _undecided_tests(submission: "SubmittedAssignment") -> bool:
    return any(
        grade.cell_type == "code" and grade.auto_score is None and grade.manual_score is None
        for notebook in submission.notebooks
        for grade in notebook.grades
    )


def _late_seconds(
    assignment: "Assignment", submission: "SubmittedAssignment | None", received: object
) -> str:
    if assignment.duedate is None or received is None:
        return ""
    due = submission.duedate if submission else assignment.duedate  # with an extension, if granted
    return str(max(0, round((received - due).total_seconds())))


def _number(value: float) -> str:
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def _harmless(text: str) -> str:
    """Return text that a spreadsheet won't run: a formula gets an apostrophe in front (OWASP)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
