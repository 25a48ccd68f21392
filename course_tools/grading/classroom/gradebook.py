"""The one writer of nbgrader's gradebook: what the ledger records, as nbgrader keeps it.

| the record's question      | in the gradebook                                                    |
|----------------------------|---------------------------------------------------------------------|
| graded                     | `auto_score`                                                        |
| anything else              | no `auto_score`, `needs_manual_grade`: Formgrader asks for a person |
| its message                | the automatic comment on the answer                                 |

Points that a person gave stay. Where the answer has changed since, the question is flagged for a
second look, as nbgrader does. The late penalty is that of the points so far; feedback and export
work it out again, since a person may add points.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from course_tools.grading.classroom.due_dates import from_gradebook, lateness, penalty
from course_tools.grading.classroom.receipts import Receipt
from course_tools.grading.classroom.settings import Settings
from course_tools.grading.notebooks import question_of
from course_tools.grading.record import QuestionRecord, Record

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedNotebook


def write_marks(
    gradebook: "Gradebook",
    record: Record,
    earlier: Record | None,
    timestamp: datetime | None,
    receipt: Receipt | None,
    settings: Settings,
) -> None:
    """Enter a submission's marks, all or none; the student and the submission are made if needed.

    Args:
        gradebook: nbgrader's, open.
        record: the submission's record.
        earlier: the record before this one, or None.
        timestamp: the time by which nbgrader knows the submission: UTC, without a time zone.
        receipt: what is known of the receipt of the file that was graded, or None.
        settings: the class's, for the late penalty.
    """
    lesson, student = record.lesson, record.student
    keys = {question.id: question.key for question in earlier.questions} if earlier else {}
    gradebook.update_or_create_student(student)
    attributes = {"timestamp": timestamp} if timestamp else {}
    submission = gradebook.update_or_create_submission(lesson, student, **attributes)
    notebook = gradebook.find_submission_notebook(lesson, lesson, student)
    with _all_or_nothing(gradebook):
        for question in record.questions:
            unchanged = question.key is not None and question.key == keys.get(question.id)
            _write_question(notebook, question, unchanged)
    due = from_gradebook(submission.duedate if submission.assignment.duedate else None)
    late = lateness(due, receipt).seconds
    with _all_or_nothing(gradebook):
        notebook.late_submission_penalty = penalty(settings, notebook.score, late) or None


def _write_question(
    notebook: "SubmittedNotebook", question: QuestionRecord, unchanged: bool
) -> None:
    name = question.id
    for grade in notebook.grades:
        if question_of(grade.name) == name:
            grade.auto_score = question.score
            if grade.manual_score is None:
                grade.needs_manual_grade = question.score is None
            elif not unchanged:
                grade.needs_manual_grade = True
    for comment in notebook.comments:
        if comment.name == name:
            comment.auto_comment = question.message or None


@contextmanager
def _all_or_nothing(gradebook: "Gradebook") -> Iterator[None]:
    try:
        yield
        gradebook.db.commit()
    except BaseException:
        gradebook.db.rollback()
        raise
