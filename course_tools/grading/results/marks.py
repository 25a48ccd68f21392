"""The present marks of a class: the ledger's verdicts, a person's marks and comments, lateness.

`read_marks` is the entry point; feedback and export show what it returns. A mark is *current* when
the ledger's record is about the very file in `submitted`. Scores come from the gradebook, where a
person's score overrides the automatic one; verdicts and messages come from the ledger.

| status      | meaning                                                                           |
|-------------|-----------------------------------------------------------------------------------|
| graded      | every test has its points; a written answer may still wait for a person           |
| needs-human | a test's points are undecided                                                     |
| unreadable  | the file is no notebook, and nobody has given points                              |
| failed      | stock nbgrader, which keeps no ledger, tried and got no result                    |
| not graded  | handed in since it was last graded, or never graded                               |
| missing     | nothing was handed in                                                             |
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_tools.grading.classroom import (
    Lateness,
    Receipt,
    Settings,
    from_gradebook,
    lateness,
    lessons_of,
    load_settings,
    open_api,
    penalty,
    read_receipts,
    read_record,
    read_source,
    read_submitted,
    receipt_of_file,
    students_with,
    submitted_notebook,
)
from course_tools.grading.notebooks import grade_id, is_written, points_of, question_of
from course_tools.grading.record import QuestionRecord, Record, Status, Verdict

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Grade, Gradebook, Student, SubmittedAssignment
    from nbgrader.apps import NbGraderAPI


class MarkStatus(StrEnum):
    """What a submission's mark is now; see the module's table."""

    GRADED = "graded"
    NEEDS_HUMAN = "needs-human"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    NOT_GRADED = "not graded"
    MISSING = "missing"


# Something was handed in, but has no result.
WITHOUT_RESULT = frozenset({MarkStatus.NOT_GRADED, MarkStatus.FAILED})


@dataclass(frozen=True)
class QuestionMark:
    """One question: `score` is None while undecided, `verdict` if the ledger has none.

    `message` is the check's, `comment` a person's, and `by_person` tells whether the score is a
    person's.
    """

    id: str
    score: float | None
    max_score: float
    verdict: Verdict | None = None
    message: str = ""
    comment: str = ""
    by_person: bool = False
    is_written: bool = False


@dataclass(frozen=True)
class LessonMark:
    """The mark of one student's submission to one lesson; see the module's table for `status`.

    Attributes:
        score: points decided so far, before any penalty; None unless the status is graded.
        penalty: points taken off for being late, at most `score`.
        needs_person: whether a person has to decide something before the mark is final.
        receipt: what is known of the receipt of the submitted file.
        lms_id: the LMS's own number for the student, such as `canvas:1234`, or "".
        email: from the gradebook, or "".
    """

    student: str
    lesson: str
    status: MarkStatus
    max_score: float
    score: float | None = None
    penalty: float = 0.0
    needs_person: bool = False
    lateness: Lateness = Lateness()
    receipt: Receipt | None = None
    questions: tuple[QuestionMark, ...] = ()
    lms_id: str = ""
    email: str = ""

    @property
    def final_score(self) -> float | None:
        """Points after the penalty; None unless every question is decided."""
        if self.score is None or self.needs_person:
            return None
        return self.score - self.penalty


def read_marks(
    directory: Path,
    lessons: Iterable[str] | None = None,
    students: Iterable[str] | None = None,
) -> list[LessonMark]:
    """Return the marks of lessons (all when None), lesson by lesson, students sorted.

    There is one for everyone who is in the gradebook or handed anything in, or for these students
    only.

    Raises:
        CourseError: DIR is not a class directory, or a file in it is damaged.
    """
    directory = Path(directory)
    lessons = lessons_of(directory) if lessons is None else list(lessons)
    settings = load_settings(directory)
    with open_api(directory) as api, api.gradebook as gradebook:
        people = {student.id: student for student in gradebook.students}
        handed_in = {lesson: set(students_with(directory, lesson)) for lesson in lessons}
        everyone = set(people).union(*handed_in.values()) if students is None else set(students)
        return [
            mark
            for lesson in lessons
            for mark in _LessonMarks.read(api, gradebook, directory, settings, lesson).of(
                sorted(everyone), handed_in[lesson], people
            )
        ]


@dataclass(frozen=True)
class _LessonMarks:
    """Works out the marks of one lesson, from what is the same for all students.

    Attributes:
        submissions: nbgrader's, by student.
        autograded: the students for whom nbgrader has a marked notebook.
        graded_cells: those of the instructor's notebook.
    """

    api: "NbGraderAPI"
    directory: Path
    settings: Settings
    lesson: str
    assignment: "Assignment"
    submissions: dict[str, "SubmittedAssignment"]
    receipts: dict[str, Receipt]
    autograded: set[str]
    graded_cells: Sequence[NotebookNode]

    @classmethod
    def read(
        cls,
        api: "NbGraderAPI",
        gradebook: "Gradebook",
        directory: Path,
        settings: Settings,
        lesson: str,
    ) -> "_LessonMarks":
        assignment = _find_assignment(gradebook, lesson)
        return cls(
            api,
            directory,
            settings,
            lesson,
            assignment,
            submissions={
                submission.student_id: submission for submission in assignment.submissions
            },
            receipts=read_receipts(directory, lesson),
            autograded=api.get_autograded_students(lesson),
            graded_cells=read_source(directory, lesson).graded,
        )

    def of(
        self, everyone: list[str], handed_in: set[str], people: dict[str, "Student"]
    ) -> Iterator[LessonMark]:
        for student in everyone:
            digest = self._digest(student)
            receipt = receipt_of_file(self.receipts, student, digest)
            missing = LessonMark(
                student,
                self.lesson,
                MarkStatus.MISSING,
                float(self.assignment.max_score),
                receipt=receipt,
                lms_id=(receipt and receipt.lms_id) or "",
                email=getattr(people.get(student), "email", "") or "",
            )
            yield self._of_a_submission(missing, digest) if student in handed_in else missing

    def _of_a_submission(self, missing: LessonMark, digest: str) -> LessonMark:
        """Return the mark of someone who has handed in; `missing` is what it would be otherwise."""
        student = missing.student
        submission = self.submissions.get(student)
        due = self.assignment.duedate
        if due is not None and submission is not None:
            due = submission.duedate  # with the extension that was granted
        due = from_gradebook(due)
        late = lateness(due, missing.receipt)
        handed_in = replace(missing, status=MarkStatus.NOT_GRADED, lateness=late)
        record = read_record(self.directory, self.lesson, student)
        if record is not None and record.submission_sha256 != digest:
            return handed_in
        if record is None and student not in self.autograded:
            if self._nbgrader_tried(student, submission):
                return replace(handed_in, status=MarkStatus.FAILED, needs_person=True)
            return handed_in
        questions = self._questions(submission, record)
        status = _status(record, questions)
        is_graded = status is MarkStatus.GRADED
        score = sum(question.score or 0.0 for question in questions) if is_graded else None
        flagged = submission is not None and bool(submission.needs_manual_grade)
        return replace(
            handed_in,
            status=status,
            score=score,
            penalty=penalty(self.settings, score or 0.0, late.seconds),
            needs_person=flagged or any(question.score is None for question in questions),
            questions=questions,
        )

    def _digest(self, student: str) -> str:
        try:
            content = read_submitted(submitted_notebook(self.directory, self.lesson, student))
        except CourseError:
            content = b""  # as the record of a file that can't be graded says
        return hashlib.sha256(content).hexdigest()

    def _nbgrader_tried(self, student: str, submission: "SubmittedAssignment | None") -> bool:
        handed_in = self.api.get_submitted_timestamp(self.lesson, student)
        return submission is not None and submission.timestamp == handed_in

    def _questions(
        self, submission: "SubmittedAssignment | None", record: Record | None
    ) -> tuple[QuestionMark, ...]:
        notebooks = submission.notebooks if submission is not None else []
        grades = {grade.name: grade for notebook in notebooks for grade in notebook.grades}
        comments = {
            comment.name: comment.manual_comment for n in notebooks for comment in n.comments
        }
        records = record.by_question if record else {}
        return tuple(
            _question(cell, grades.get(grade_id(cell)), comments, records)
            for cell in self.graded_cells
        )


def _find_assignment(gradebook: "Gradebook", lesson: str) -> "Assignment":
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_assignment(lesson)
    except MissingEntry as error:
        raise CourseError(
            f"The gradebook doesn't know {lesson}. Release it again with `course class init` or "
            "`course class add`."
        ) from error


def _question(
    cell: NotebookNode,
    grade: "Grade | None",
    comments: dict[str, str | None],
    records: dict[str, QuestionRecord],
) -> QuestionMark:
    name = grade_id(cell)
    question = question_of(name)
    record = records.get(question)
    score, by_person = record.score if record else None, False
    if grade is not None:
        by_person = grade.manual_score is not None
        score = grade.manual_score if by_person else grade.auto_score
        score = None if score is None else score + (grade.extra_credit or 0.0)
    return QuestionMark(
        question,
        score,
        points_of(cell),
        record.verdict if record else None,
        record.message if record else "",
        comments.get(question) or comments.get(name) or "",
        by_person,
        is_written=is_written(cell),
    )


def _status(record: Record | None, questions: tuple[QuestionMark, ...]) -> MarkStatus:
    if all(question.score is not None for question in questions if not question.is_written):
        return MarkStatus.GRADED
    if record is None:
        return MarkStatus.FAILED
    is_unreadable = record.status is Status.UNREADABLE
    return MarkStatus.UNREADABLE if is_unreadable else MarkStatus.NEEDS_HUMAN
