"""Processes that mark submissions beside a warm sandbox, one for each thread that asks.

`mark_here` is a function of a submission that any executor can map: threads of this program, or
the workers of a Dask cluster. The judge needs a main thread, and a process whose end ends nothing
else; so each calling thread gets a process of its own, started when first needed:

    thread of an executor --Submission--> worker process (judge) --> warm sandbox --> children
                          <--Marked------

A worker process that ends is replaced at the next call. One that is left alone ends by itself.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import course_tools
from course_lib.errors import CourseError
from course_tools.grading.marking.marker import Marked, Submission, mark, unfinished
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.sandbox import DEFAULT_PRELOAD, Limits, Sandbox, require

IDLE_SECONDS = 120.0
# What restoring, forking and a question's last signal may take on top of the question's own limit.
_EXTRA_SECONDS = 120.0
_LOG_BYTES = 2000
# TensorFlow tells about processors and graphics cards, which is not what it is asked for here.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
_LIGHT = ("numpy", "IPython.core.interactiveshell", "course_lib.checks")
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from course_tools.grading.marking.worker import main; main()"
)

_processes: dict[threading.Thread, "WorkerProcess"] = {}


def mark_here(submission: Submission, kind: str, limits: Limits) -> Marked:
    """Mark a submission in the calling thread's worker process.

    Whatever goes wrong with the process is this submission's record: a person has to look.

    Raises:
        CourseError: no sandbox of this kind can be had here.
    """
    thread = threading.current_thread()
    process = _processes.get(thread)
    if process is None or process.kind != kind:
        process = _processes[thread] = WorkerProcess(kind)
    return process.mark(submission, limits)


def end_all() -> None:
    """End the worker processes of all threads, whatever they are doing."""
    while _processes:
        _processes.popitem()[1].end()


class WorkerProcess:
    """A process that marks one submission at a time; it is started when it is first needed.

    After `idle_seconds` without work it ends, and with it the warm sandbox and its memory.
    """

    def __init__(self, kind: str, idle_seconds: float = IDLE_SECONDS):
        self.kind = kind
        self._idle_seconds = idle_seconds
        self._running: tuple[subprocess.Popen, Connection] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it goes with this object)
        self._ended_for_good = False

    def mark(self, submission: Submission, limits: Limits) -> Marked:
        """Return the marked submission; see `mark_here`."""
        seconds = _most_seconds(submission)
        try:
            connection = self._require_started()
            connection.send((submission, limits))
            if not connection.poll(seconds):
                raise TimeoutError("did not answer in time")
            answer = connection.recv()
        except (OSError, EOFError) as error:
            self._put_away()
            return unfinished(submission, self._why_it_ended(error))
        if isinstance(answer, CourseError):
            raise answer
        return answer

    def _why_it_ended(self, error: BaseException) -> str:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _LOG_BYTES))
        said = self._log.read().decode(errors="replace").strip()
        why = f"The process that marked it ended ({str(error) or type(error).__name__})."
        return f"{why} It said last: {said}" if said else why

    def end(self) -> None:
        """End the process; the one who waits for its answer gets an unfinished record."""
        self._ended_for_good = True
        self._put_away()

    def _require_started(self) -> Connection:
        if self._ended_for_good:
            raise OSError("grading was stopped")
        if self._running is not None and _is_usable(*self._running):
            return self._running[1]
        self._put_away()
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-c", _START, str(Path(course_tools.__file__).parents[1]),
                 str(theirs.fileno()), self.kind, str(os.getpid()), str(self._idle_seconds)],
                pass_fds=[theirs.fileno()],
                env=os.environ | _QUIET,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,  # Ctrl-C is for the program that asks, which ends this one
            )  # fmt: skip
        connection = Connection(ours.detach())
        self._running = process, connection
        return connection

    def _put_away(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        process, connection = running
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        connection.close()


def _is_usable(process: subprocess.Popen, connection: Connection) -> bool:
    """Return whether it lives and has not just said good-bye for having had nothing to do."""
    return process.poll() is None and not connection.poll(0)


def _most_seconds(submission: Submission) -> float:
    questions = len(submission.source.graded)
    return questions * (submission.question_seconds + _EXTRA_SECONDS) + _EXTRA_SECONDS


# -- inside the worker process ---------------------------------------------------------------------


def main() -> None:
    """Mark what comes over the connection until it is closed or nothing has come for a while."""
    descriptor, kind, parent = int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    idle_seconds = float(sys.argv[5])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with, args=[parent], daemon=True).start()
    # The connection is closed first, so that nobody sends to a process that is on its way out.
    with _Warm(kind) as warm, Connection(descriptor) as connection:
        while connection.poll(idle_seconds):
            try:
                submission, limits = connection.recv()
            except EOFError:
                return
            connection.send(_mark(warm, submission, limits))


def _end_with(parent: int) -> None:
    """End this process, and with it the sandbox, when the program that started it is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _mark(warm: "_Warm", submission: Submission, limits: Limits) -> Marked | CourseError:
    try:
        sandbox = warm.sandbox(_preload(submission.source))
    except CourseError as error:  # it is the same for every submission: stop
        return error
    try:
        return mark(submission, sandbox, limits)
    except Exception:  # a defect of the grader costs this submission's mark, and no other's
        warm.close()
        return unfinished(
            submission, f"The grader failed, please report it: {traceback.format_exc(limit=-4)}"
        )


class _Warm:
    """One warm sandbox, with the modules that the lesson at hand imports."""

    def __init__(self, kind: str):
        self._kind = kind
        self._sandbox: Sandbox | None = None
        self._preload: tuple[str, ...] = ()

    def __enter__(self) -> "_Warm":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def sandbox(self, preload: tuple[str, ...]) -> Sandbox:
        """Return the sandbox, a new one if other modules are wanted or it was closed."""
        if self._sandbox is None or preload != self._preload:
            self.close()
            require(self._kind)
            self._sandbox, self._preload = Sandbox.start(self._kind, preload=preload), preload
        return self._sandbox

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


def _preload(source: LessonSource) -> tuple[str, ...]:
    """Return what the sandbox imports beforehand: a lesson without networks starts at once."""
    return _LIGHT if all(map(_is_light, source.modules)) else DEFAULT_PRELOAD


def _is_light(module: str) -> bool:
    return module in _LIGHT or module.partition(".")[0] in sys.stdlib_module_names
