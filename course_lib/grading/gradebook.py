"""The one writer of nbgrader's gradebook: what the ledger records, as nbgrader keeps it.

| the record's question      | in the gradebook                                                    |
|----------------------------|---------------------------------------------------------------------|
| graded                     | `auto_score`                                                        |
| anything else              | no `auto_score`, `needs_manual_grade`: Formgrader asks for a person |
| its message                | the automatic comment on the answer                                 |

What a person gave stays. Where the answer that it was given for has changed since, the question is
flagged for a second look, as nbgrader does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from course_lib.grading.marking import CHECKS_SUFFIX

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedNotebook


def write_marks(
    gradebook: "Gradebook", record: dict, earlier: dict | None, received: datetime | None
) -> None:
    """Enter a submission's marks, all or none; the student and the submission are made if need be.

    Args:
        gradebook: nbgrader's, open.
        record: the submission's record, as the ledger documents it.
        earlier: the record before this one, or None.
        received: the time of receipt, UTC without a time zone, as nbgrader keeps it.
    """
    lesson, student = record["lesson"], record["student"]
    keys = {each["id"]: each["key"] for each in (earlier or {}).get("questions", ())}
    gradebook.update_or_create_student(student)
    times = {"timestamp": received} if received else {}
    gradebook.update_or_create_submission(lesson, student, **times)
    notebook = gradebook.find_submission_notebook(lesson, lesson, student)
    with _all_or_nothing(gradebook):
        for question in record["questions"]:
            unchanged = question["key"] is not None and question["key"] == keys.get(question["id"])
            _write_question(notebook, question, unchanged)


def _write_question(notebook: "SubmittedNotebook", question: dict, unchanged: bool) -> None:
    name = question["id"]
    for grade in notebook.grades:
        if grade.name in (name, name + CHECKS_SUFFIX):
            grade.auto_score = question["score"]
            if grade.manual_score is None:
                grade.needs_manual_grade = question["score"] is None
            elif not unchanged:
                grade.needs_manual_grade = True
    for comment in notebook.comments:
        if comment.name == name:
            comment.auto_comment = question["message"] or None


@contextmanager
def _all_or_nothing(gradebook: "Gradebook") -> Iterator[None]:
    try:
        yield
        gradebook.db.commit()
    except BaseException:
        gradebook.db.rollback()
        raise
