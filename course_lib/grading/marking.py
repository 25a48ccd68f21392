"""From the bytes of a submission to its record in the ledger: restore, run, judge.

`mark` depends on its arguments and nothing else, and gives plain data, so that it can run in any
process on any machine.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.grading.judge import Question, Verdict, judge
from course_lib.grading.needed import (
    changes_its_arguments,
    needed_cells,
    trusted_imports,
    wanted_classes,
)
from course_lib.grading.restore import Restored, UnreadableError, restore
from course_lib.grading.sandbox import Limits, Sandbox

# Raise it when a change of the grader may change a verdict: finished questions are then run again.
GRADER_VERSION = 1
CHECKS_SUFFIX = "-checks"
_LIMITS = Limits()


@dataclass(frozen=True)
class Submission:
    """What is to be marked.

    Attributes:
        source: the instructor's notebook, as text.
        content: the submitted file.
        secret: the class's secret, from which fresh inputs are drawn.
        known: finished questions of an earlier record; those with the same key are not run again.
    """

    lesson: str
    student: str
    source: str
    content: bytes
    secret: bytes
    known: tuple[dict, ...] = ()
    cell_seconds: float = 300.0
    question_seconds: float = 900.0


@dataclass(frozen=True)
class Marked:
    """A record for the ledger, and the restored notebook with outputs (None when unreadable)."""

    record: dict
    notebook: str | None


def mark(submission: Submission, sandbox: Sandbox, limits: Limits = _LIMITS) -> Marked:
    """Mark one submission, each question in a child of its own."""
    start = time.monotonic()
    source = nbformat.reads(submission.source, as_version=4)
    try:
        restored = restore(source, submission.content)
    except UnreadableError as error:
        questions = [_undecided(cell, "unreadable", str(error)) for cell in _graded(source)]
        return Marked(_record(submission, questions, (), start, status="unreadable"), None)
    marker = _Marker(submission, source, restored, sandbox, limits)
    questions = [marker.safely(cell) for cell in _graded(restored.notebook)]
    record = _record(submission, questions, restored.flags, start, marker.peak_memory_bytes)
    return Marked(record, nbformat.writes(restored.notebook))


class _Marker:
    """Marks the questions of one restored notebook, and writes outputs into it."""

    def __init__(
        self,
        submission: Submission,
        source: NotebookNode,
        restored: Restored,
        sandbox: Sandbox,
        limits: Limits,
    ):
        self.peak_memory_bytes = 0
        self._submission = submission
        self._source = source
        self._restored = restored
        self._sandbox = sandbox
        self._limits = limits
        self._known = {each["key"]: each for each in submission.known if each.get("key")}

    def safely(self, cell: NotebookNode) -> dict:
        """Return a question's entry, also when the grader itself fails on this answer.

        Raises:
            CourseError: the sandbox has failed, so that no question could be run.
        """
        try:
            return self.question(cell)
        except CourseError:
            raise
        except Exception as error:
            why = f"The grader failed at this answer, please report it: {error!r:.1000}"
            return _undecided(cell, "needs-human", why)

    def question(self, cell: NotebookNode) -> dict:
        """Return the ledger's entry of the question that a graded cell stands for."""
        name = _name(cell)
        if name in self._restored.missing:
            return _undecided(cell, "missing", "No answer was found in the file.")
        if cell.cell_type != "code" or cell.metadata.nbgrader.get("solution"):
            return _undecided(cell, "needs-human", "A person reads this answer.")
        question = self._to_judge(cell)
        key = _key(question)
        if key in self._known:
            return self._known[key]
        verdict = self._run(question)
        self._keep_outputs(cell, verdict)
        return {
            "id": name,
            "verdict": verdict.verdict,
            "score": verdict.score,
            "max_score": float(cell.metadata.nbgrader.points),
            "message": verdict.message,
            "key": key if verdict.verdict == "graded" else None,
        }

    def _to_judge(self, cell: NotebookNode) -> Question:
        cells = self._restored.notebook.cells
        positions = needed_cells(self._restored.notebook, cell.metadata.nbgrader.grade_id)
        return Question(
            cells=[(position, cells[position].source) for position in positions],
            tests=cell.source,
            points=float(cell.metadata.nbgrader.points),
            seed=_seed(self._submission, _name(cell)),
            cell_seconds=self._submission.cell_seconds,
            question_seconds=self._submission.question_seconds,
            imports=trusted_imports(self._source, cell.metadata.nbgrader.grade_id),
            classes=wanted_classes(self._source),
            may_change=changes_its_arguments(self._source, cell.metadata.nbgrader.grade_id),
        )

    def _run(self, question: Question) -> Verdict:
        child = self._sandbox.fork(self._limits)
        try:
            return judge(question, child)
        finally:
            child.kill()
            self.peak_memory_bytes = max(self.peak_memory_bytes, child.peak_memory_bytes())

    def _keep_outputs(self, cell: NotebookNode, verdict: Verdict) -> None:
        cells = self._restored.notebook.cells
        for position, outputs in verdict.outputs.items():
            target = cell if position == "test" else cells[position]
            target.outputs = [nbformat.from_dict(output) for output in outputs]


def _graded(notebook: NotebookNode) -> Iterable[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def _name(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id.removesuffix(CHECKS_SUFFIX)


def _undecided(cell: NotebookNode, verdict: str, message: str) -> dict:
    return {
        "id": _name(cell),
        "verdict": verdict,
        "score": None,
        "max_score": float(cell.metadata.nbgrader.get("points", 0)),
        "message": message,
        "key": None,
    }


def _seed(submission: Submission, question: str) -> int:
    """Return a number that can't be guessed without the class's secret, and is always the same."""
    text = json.dumps([submission.lesson, submission.student, question]).encode()
    return int.from_bytes(hmac.digest(submission.secret, text, "sha256")[:8])


def _key(question: Question) -> str:
    """Return a digest of all that a verdict depends on."""
    parts = [
        GRADER_VERSION, version("pretrained-models-course"), version("keras"), version("numpy"),
        [source for _, source in question.cells], question.tests, question.points, question.seed,
        question.cell_seconds, question.question_seconds,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _record(
    submission: Submission,
    questions: list[dict],
    flags: Iterable[str],
    start: float,
    peak_memory_bytes: int = 0,
    status: str = "",
) -> dict:
    decided = [question["score"] for question in questions if question["score"] is not None]
    undecided = any(question["score"] is None for question in questions)
    return {
        "lesson": submission.lesson,
        "student": submission.student,
        "status": status or ("needs-human" if undecided else "graded"),
        "score": None if status == "unreadable" else sum(decided),
        "max_score": sum(question["max_score"] for question in questions),
        "flags": list(flags),
        "submission_sha256": hashlib.sha256(submission.content).hexdigest(),
        "source_sha256": hashlib.sha256(submission.source.encode()).hexdigest(),
        "seconds": round(time.monotonic() - start, 3),
        "peak_memory_bytes": peak_memory_bytes,
        "questions": questions,
    }
