"""Grade the submissions of a lesson: all of them, none twice, and none lost.

    what was handed in --restore, sandbox, judge (worker.py)--> record and notebook
        --> DIR/autograded  --> gradebook  --> DIR/ledger

Submissions are marked in parallel, by worker processes here or on the machines of a Dask cluster.
This one process writes down each result as soon as it arrives, the record last: so a run that is
killed at any moment leaves nothing behind that looks finished and isn't, and the next run continues
where it stopped. A submission is finished when there is a record with the same key, a digest of all
that it depends on. `classroom.ledger` says what a record holds.
"""

import contextlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.classroom import (
    Receipt,
    Settings,
    load_settings,
    open_api,
    read_notebook,
    read_receipts,
    read_record,
    read_source,
    read_submitted,
    receipt_of_file,
    resolve_lesson,
    students_with,
    submitted_notebook,
    write_ledger,
    write_marks,
    write_record,
)
from course_tools.grading.marking import (
    File,
    Marked,
    RunOptions,
    Submission,
    mark_as_undecided,
    mark_here,
    open_executor,
    record_key,
    result_of,
)
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.record import Record
from course_tools.grading.sandbox import Limits

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

Progress = Callable[[int, int, str], None]

_AS_CONFIGURED = RunOptions()
# Submissions wait for their turn in memory up to this total size; the others are read again.
_MAX_BYTES_KEPT = 256 * 2**20


def grade(
    directory: Path,
    lesson: str,
    *,
    students: Iterable[str] | None = None,
    options: RunOptions = _AS_CONFIGURED,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
) -> list[Record]:
    """Grade a lesson's submissions, and return their records by student.

    Args:
        directory: the class directory.
        lesson: a lesson's id, or the start of one.
        students: only these; everyone who handed in when None.
        options: where and how to run.
        executor: run there, and leave it and its worker processes as they are.
        on_progress: called with (submissions done, submissions in all, student) after each, and
            once at the start with the number that were finished before, and no student.

    Raises:
        CourseError: DIR is not a class directory, there is no such lesson, nothing was handed in,
            the sandbox is missing, or another grading of this class is running.
    """
    directory = Path(directory)
    lesson = resolve_lesson(directory, lesson)
    chosen = _choose(students_with(directory, lesson), students, lesson)
    settings = load_settings(directory)
    options = replace(options, sandbox=options.sandbox or settings.sandbox)
    inputs = _LessonInputs.read(directory, lesson, settings)
    receipts = read_receipts(directory, lesson)
    with _only_writer(directory), open_api(directory) as api, api.gradebook as gradebook:
        run = _Run(inputs, options, executor, api, gradebook, receipts)
        run.run(chosen, on_progress or (lambda *_: None))
        write_ledger(directory, lesson)
        return [run.record(student) for student in chosen]


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


@contextlib.contextmanager
def _only_writer(directory: Path) -> Iterator[None]:
    """Lock the class while grading, so that two runs don't overwrite each other's marks."""
    try:
        import fcntl
    except ImportError:
        raise CourseError("Grading needs Linux or macOS. On Windows, run it in WSL.") from None
    with open(directory / ".grading.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"Another grading of {directory} is running. Wait for it, or stop it: "
                "what it has finished is kept."
            ) from None
        yield


@dataclass(frozen=True)
class _LessonInputs:
    """What all submissions to a lesson share, and where those lie.

    Attributes:
        files: the instructor's files beside the source, by name.
        secret: the class's secret, from which fresh inputs are drawn.
    """

    directory: Path
    lesson: str
    settings: Settings
    source: LessonSource
    files: dict[str, File]
    secret: bytes

    @classmethod
    def read(cls, directory: Path, lesson: str, settings: Settings) -> "_LessonInputs":
        source = read_source(directory, lesson)
        files = {
            path.name: File(path.name, path.read_bytes())
            for path in sorted((directory / "source" / lesson).iterdir())
            if path.is_file() and path.suffix != ".ipynb" and not path.name.startswith(".")
        }
        return cls(directory, lesson, settings, source, files, class_secret(directory))

    @property
    def limits(self) -> Limits:
        return replace(Limits(), memory_bytes=int(self.settings.memory_bytes))

    def submission(self, student: str) -> tuple[Submission, str]:
        """Return what is to be marked, and why it can't be marked ("" when it can)."""
        submission = Submission(
            lesson=self.lesson,
            student=student,
            source=self.source,
            submitted=File(f"{self.lesson}.ipynb", b""),
            secret=self.secret,
            cell_seconds=self.settings.cell_seconds,
            question_seconds=self.settings.question_seconds,
        )
        try:
            path = submitted_notebook(self.directory, self.lesson, student)
            submitted = File(path.name, read_submitted(path))
            return replace(submission, submitted=submitted, files=self._files_for(student)), ""
        except CourseError as error:
            return submission, str(error)

    def bytes_handed_in(self, submission: Submission) -> int:
        """Return the size of what the learner handed in, without the instructor's files."""
        files = [file for file in submission.files if file is not self.files.get(file.name)]
        return sum(len(file.content) for file in (submission.submitted, *files))

    def _files_for(self, student: str) -> tuple[File, ...]:
        place = self.directory / "submitted" / student / self.lesson
        allowed = self.settings.submitted_files.get(self.lesson, ())
        present = [place / name for name in allowed if (place / name).exists()]
        submitted = {
            path.name: File(path.name, read_submitted(path, self.limits.file_bytes))
            for path in present
        }
        return tuple(file for _, file in sorted((self.files | submitted).items()))


def class_secret(directory: Path) -> bytes:
    """Return the secret from which fresh inputs are drawn; it is made on first use."""
    path = Path(directory) / "secret"
    if not path.exists():
        write_atomically(path, (secrets.token_hex(32) + "\n").encode(), mode=0o600)
    return path.read_bytes()


class _Run:
    """One run: whatever is not finished is marked, and each result is written as it arrives."""

    def __init__(
        self,
        lesson: _LessonInputs,
        options: RunOptions,
        executor: Executor | None,
        api: "NbGraderAPI",
        gradebook: "Gradebook",
        receipts: dict[str, Receipt],
    ):
        self._lesson, self._options, self._executor = lesson, options, executor
        self._api, self._gradebook, self._receipts = api, gradebook, receipts
        self._kept: dict[str, Submission] = {}
        self._bytes_left = _MAX_BYTES_KEPT

    def run(self, students: list[str], report: Progress) -> None:
        """Mark the submissions of these students, and write down the results."""
        refused, to_mark = [], []
        for student in students:
            submission, problem = self._lesson.submission(student)
            if self._is_finished(submission):
                self._enter(self.record(student))  # the gradebook may have been made anew
            elif problem:
                refused.append(mark_as_undecided(submission, problem))
            else:
                self._keep_for_its_turn(submission)
                to_mark.append(student)
        done = len(students) - len(refused) - len(to_mark)
        report(done, len(students), "")
        for number, marked in enumerate(itertools.chain(refused, self._mark(to_mark)), done + 1):
            self._write_down(marked)
            report(number, len(students), marked.record.student)

    def _is_finished(self, submission: Submission) -> bool:
        record = self._record(submission.student)
        if record is None or (self._options.retry and _is_undecided(record)):
            return False
        return record.key == record_key(submission)

    def record(self, student: str) -> Record:
        """Return the record of a submission that has been graded.

        Raises:
            CourseError: it has vanished, or is damaged.
        """
        record = self._record(student)
        if record is None:
            lesson = self._lesson.lesson
            raise CourseError(f"{student}'s record of {lesson} has vanished. Grade {lesson} again.")
        return record

    def _record(self, student: str) -> Record | None:
        return read_record(self._lesson.directory, self._lesson.lesson, student)

    def _keep_for_its_turn(self, submission: Submission) -> None:
        """Keep a submission while memory allows, so that it is neither read nor hashed again."""
        size = self._lesson.bytes_handed_in(submission)
        if size <= self._bytes_left:
            self._bytes_left -= size
            self._kept[submission.student] = submission

    def _mark(self, students: list[str]) -> Iterator[Marked]:
        if students:
            with open_executor(self._options, len(students), self._executor) as (executor, window):
                yield from self._map(executor, window, map(self._to_mark, students))

    def _to_mark(self, student: str) -> Submission:
        """Return a submission with its earlier results; called when its turn comes."""
        submission = self._kept.pop(student, None) or self._lesson.submission(student)[0]
        record = self._record(student)
        known = record.questions if record else ()
        earlier = read_notebook(self._lesson.directory, self._lesson.lesson, student)
        return replace(submission, known=known, earlier=earlier)

    def _map(
        self, executor: Executor, window: int, submissions: Iterator[Submission]
    ) -> Iterator[Marked]:
        """Yield results as they arrive, with no more than `window` submissions under way."""
        sandbox_kind, limits = self._options.sandbox_kind, self._lesson.limits
        running: dict[Future, Submission] = {}
        while True:
            for submission in itertools.islice(submissions, window - len(running)):
                future = executor.submit(mark_here, submission, sandbox_kind, limits)
                running[future] = submission
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield result_of(future, running.pop(future))

    def _write_down(self, marked: Marked) -> None:
        directory, lesson = self._lesson.directory, self._lesson.lesson
        student = marked.record.student
        place = directory / "autograded" / student / lesson
        write_atomically(place / f"{lesson}.ipynb", marked.notebook.encode())
        if timestamp := self._timestamp(student):
            write_atomically(place / "timestamp.txt", f"{timestamp} UTC\n".encode())
        self._enter(marked.record)
        write_record(directory, marked.record, marked.notebook)

    def _enter(self, record: Record) -> None:
        """Write a record's marks into the gradebook, beside what a person gave there."""
        student = record.student
        receipt = receipt_of_file(self._receipts, student, record.submission_sha256)
        timestamp = self._timestamp(student)
        earlier, settings = self._record(student), self._lesson.settings
        write_marks(self._gradebook, record, earlier, timestamp, receipt, settings)

    def _timestamp(self, student: str) -> datetime | None:
        """Return the time in the submission's timestamp.txt, or None when there is none.

        From it nbgrader tells whether a mark belongs to the present submission. Nothing else
        depends on it, since a learner who submits through nbgrader's exchange can write that file.
        """
        try:
            return self._api.get_submitted_timestamp(self._lesson.lesson, student)
        except ValueError:
            return None


def _is_undecided(record: Record) -> bool:
    return any(question.score is None and question.key is None for question in record.questions)
