"""From the bytes of a submission to its record in the ledger: restore, run, judge.

`mark` depends on nothing but its arguments, and what it takes and returns can be pickled, so it can
run in any process on any machine.
"""

import hashlib
import hmac
import html
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version

import nbformat
from nbformat import NotebookNode, v4

from course_lib import language
from course_lib.errors import CourseError
from course_tools.grading.judging import Judgement, Question, judge
from course_tools.grading.notebooks import (
    NBGRADERS_RULES,
    LessonSource,
    ReleaseRules,
    Restored,
    UnreadableError,
    grade_id,
    graded_cells,
    is_written,
    needed_cells,
    points_of,
    question_of,
    restore,
)
from course_tools.grading.record import LEFT_UNANSWERED, QuestionRecord, Record, Status, Verdict
from course_tools.grading.sandbox import Limits, Sandbox

# Raise it when a change of the grader may change a verdict: finished questions are then run again.
GRADER_VERSION = 6
_PACKAGES = ("pretrained-models-course", "keras", "tensorflow", "numpy")
_LIMITS = Limits()


@dataclass(frozen=True)
class File:
    """A file as it was read; its digest is computed once and travels with it."""

    name: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """The digest of its content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Submission:
    """What is to be marked.

    Attributes:
        source: the instructor's notebook.
        submitted: the notebook that was handed in.
        secret: the class's secret, from which fresh inputs are drawn.
        files: the contents of the working directory: the instructor's files, and those that a
            learner may hand in beside the notebook.
        known: finished questions of an earlier record; those with the same key are not run again.
        earlier: the notebook of that earlier marking, from which their outputs are kept; or None.
    """

    lesson: str
    student: str
    source: LessonSource
    submitted: File
    secret: bytes
    files: tuple[File, ...] = ()
    known: tuple[QuestionRecord, ...] = ()
    earlier: str | None = None
    cell_seconds: float = 300.0
    question_seconds: float = 900.0


@dataclass(frozen=True)
class Marked:
    """A record for the ledger, and the restored notebook with outputs, as text.

    For a file that can't be read it is the lesson as it was handed out, with a note at the top.
    """

    record: Record
    notebook: str


def mark(submission: Submission, sandbox: Sandbox, limits: Limits = _LIMITS) -> Marked:
    """Mark one submission, each question in a child of its own."""
    start = time.monotonic()
    try:
        restored = restore(submission.source, submission.submitted.content)
    except UnreadableError as error:
        why = str(error)
        return _without_marks(submission, Status.UNREADABLE, Verdict.UNREADABLE, why, start)
    marker = _Marker(submission, restored, sandbox, limits)
    questions = [marker.mark_question(cell) for cell in graded_cells(restored.notebook)]
    record = _record(submission, questions, restored.flags, start, marker.peak_memory_bytes)
    return Marked(record, nbformat.writes(restored.notebook))


def mark_as_undecided(submission: Submission, why: str) -> Marked:
    """Return what is recorded when marking itself failed: every question is left to a person.

    `why` says what happened, in a sentence for the instructor.
    """
    start = time.monotonic()
    return _without_marks(submission, Status.NEEDS_HUMAN, Verdict.NEEDS_HUMAN, why, start)


def record_key(submission: Submission) -> str:
    """Return a digest of all that a whole record depends on; a record with it is finished."""
    depends_on = [
        _versions(),
        submission.lesson,
        submission.student,
        submission.source.sha256,
        submission.submitted.sha256,
        _file_digests(submission),
        _seed(submission, ""),
        submission.cell_seconds,
        submission.question_seconds,
        *_own_rules(submission.source.rules),
    ]
    return _digest(depends_on)


class _Marker:
    """Marks the questions of one restored notebook, and writes outputs into it."""

    def __init__(
        self,
        submission: Submission,
        restored: Restored,
        sandbox: Sandbox,
        limits: Limits,
    ):
        self.peak_memory_bytes = 0
        self._submission = submission
        self._source = submission.source
        self._restored = restored
        self._sandbox = sandbox
        self._limits = limits
        self._files = {file.name: file.content for file in submission.files}
        self._file_digests = _file_digests(submission)
        self._known = {question.key: question for question in submission.known if question.key}
        self._earlier = _outputs_by_source(submission.earlier)

    def mark_question(self, cell: NotebookNode) -> QuestionRecord:
        """Return the record of the question that a graded cell stands for.

        There is one even when the grader itself fails on this answer.

        Raises:
            CourseError: the sandbox has failed, so that no question could be run.
        """
        try:
            return self._mark_question(cell)
        except CourseError:
            raise
        except Exception as error:
            why = f"The grader failed on this answer, please report it: {error!r:.1000}"
            return _undecided(cell, Verdict.NEEDS_HUMAN, why)

    def _mark_question(self, cell: NotebookNode) -> QuestionRecord:
        if _question_id(cell) in self._restored.missing:
            return _undecided(cell, Verdict.MISSING, "No answer was found in the file.")
        if is_written(cell):
            return self._mark_written(cell)
        question = self._question(cell)
        key = self._key(question)
        if key in self._known:
            self._keep_outputs(cell, self._earlier_outputs(cell, question))
            return self._known[key]
        judgement = self._judge(question)
        self._keep_outputs(cell, judgement.outputs)
        return _question_record(
            cell,
            judgement.verdict,
            judgement.score,
            judgement.message,
            key if judgement.verdict is Verdict.GRADED else None,
        )

    def _mark_written(self, cell: NotebookNode) -> QuestionRecord:
        key = _digest(["written", cell.source])
        if _question_id(cell) in self._restored.untouched:
            return _question_record(cell, Verdict.GRADED, 0.0, LEFT_UNANSWERED, key)
        why = "A person reads this answer."
        return _question_record(cell, Verdict.NEEDS_HUMAN, None, why, key)

    def _question(self, cell: NotebookNode) -> Question:
        cells = self._restored.notebook.cells
        positions = needed_cells(self._restored.notebook, grade_id(cell))
        facts = self._source.facts[grade_id(cell)]
        return Question(
            cells=[(position, cells[position].source) for position in positions],
            tests=cell.source,
            points=points_of(cell),
            seed=_seed(self._submission, _question_id(cell)),
            cell_seconds=self._submission.cell_seconds,
            question_seconds=self._submission.question_seconds,
            imports=facts.imports,
            classes=self._source.classes,
            may_change=facts.answer_changes_arguments,
            rules=self._source.rules,
        )

    def _key(self, question: Question) -> str:
        """Return a digest of all that a verdict depends on."""
        depends_on = [
            _versions(),
            [source for _, source in question.cells],
            question.tests,
            question.points,
            question.seed,
            self._file_digests,
            question.cell_seconds,
            question.question_seconds,
            sorted(question.imports.items()),
            sorted(question.classes),
            question.may_change,
            *_own_rules(question.rules),
        ]
        return _digest(depends_on)

    def _judge(self, question: Question) -> Judgement:
        child = self._sandbox.fork(self._limits, self._files)
        try:
            with language.using(self._source.language):
                return judge(question, child)
        finally:
            child.kill()
            self.peak_memory_bytes = max(self.peak_memory_bytes, child.peak_memory_bytes())

    def _earlier_outputs(self, cell: NotebookNode, question: Question) -> dict:
        by_position = {p: self._earlier.get(source, []) for p, source in question.cells}
        return by_position | {"test": self._earlier.get(cell.source, [])}

    def _keep_outputs(self, cell: NotebookNode, outputs_by_position: dict) -> None:
        cells = self._restored.notebook.cells
        for position, outputs in outputs_by_position.items():
            target = cell if position == "test" else cells[position]
            target.outputs = [nbformat.from_dict(output) for output in outputs]


def _outputs_by_source(notebook: str | None) -> dict[str, list]:
    if notebook is None:
        return {}
    cells = nbformat.reads(notebook, as_version=4).cells
    return {cell.source: cell.outputs for cell in cells if cell.cell_type == "code"}


def _question_id(cell: NotebookNode) -> str:
    return question_of(grade_id(cell))


def _undecided(cell: NotebookNode, verdict: Verdict, message: str) -> QuestionRecord:
    return _question_record(cell, verdict, None, message, None)


def _question_record(
    cell: NotebookNode, verdict: Verdict, score: float | None, message: str, key: str | None
) -> QuestionRecord:
    return QuestionRecord(
        id=_question_id(cell),
        verdict=verdict,
        score=score,
        max_score=points_of(cell),
        message=message,
        key=key,
    )


def _seed(submission: Submission, question: str) -> int:
    """Return a number that never changes, and can't be guessed without the class's secret."""
    text = json.dumps([submission.lesson, submission.student, question]).encode()
    return int.from_bytes(hmac.digest(submission.secret, text, "sha256")[:8])


def _versions() -> list:
    return [GRADER_VERSION, *map(version, _PACKAGES)]


def _file_digests(submission: Submission) -> list:
    return [[file.name, file.sha256] for file in submission.files]


def _own_rules(rules: ReleaseRules) -> list:
    """Return what a class's own rules add to a key: nothing for nbgrader's, which most use."""
    return [] if rules == NBGRADERS_RULES else [asdict(rules)]


def _digest(depends_on: list) -> str:
    return hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()


def _without_marks(
    submission: Submission, status: Status, verdict: Verdict, message: str, start: float
) -> Marked:
    empty = nbformat.writes(v4.new_notebook()).encode()
    notebook = restore(submission.source, empty).notebook
    questions = [_undecided(cell, verdict, message) for cell in graded_cells(notebook)]
    note = f"**Not graded.** {html.escape(message)}"
    notebook.cells.insert(0, v4.new_markdown_cell(note, id="not-graded"))
    record = _record(submission, questions, (), start, status=status)
    return Marked(record, nbformat.writes(notebook))


def _record(
    submission: Submission,
    questions: list[QuestionRecord],
    flags: Iterable[str],
    start: float,
    peak_memory_bytes: int = 0,
    status: Status | None = None,
) -> Record:
    decided = [question.score for question in questions if question.score is not None]
    undecided = len(decided) < len(questions)
    return Record(
        lesson=submission.lesson,
        student=submission.student,
        status=status or (Status.NEEDS_HUMAN if undecided else Status.GRADED),
        score=sum(decided) if decided else None,
        max_score=sum(question.max_score for question in questions),
        flags=tuple(flags),
        submission_sha256=submission.submitted.sha256,
        source_sha256=submission.source.sha256,
        key=record_key(submission),
        seconds=round(time.monotonic() - start, 3),
        peak_memory_bytes=peak_memory_bytes,
        questions=tuple(questions),
    )
