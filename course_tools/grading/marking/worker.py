"""Processes that mark submissions beside a warm sandbox, one for each thread that asks.

`mark_here` is a function of a submission that any executor can map: threads of this program, or
the workers of a Dask cluster. The judge needs a main thread, and a process that can end without
taking anything else down; so each calling thread gets a process of its own, started on first use:

    thread of an executor --Submission--> worker process (judge) --> warm sandbox --> children
                          <--Marked------

A worker process that has ended is replaced at the next call. An idle one ends by itself.
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
from typing import IO

import course_tools
from course_lib.errors import CourseError
from course_tools.grading.marking.marker import Marked, Submission, mark, mark_as_undecided
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.sandbox import DEFAULT_PRELOAD, Limits, Sandbox

IDLE_SECONDS = 120.0
# Restoring, forking and the last signal to a question may take this long beyond its own limit.
_EXTRA_SECONDS = 120.0
_LOG_BYTES = 2000
# Otherwise TensorFlow reports on processors and graphics cards, which nobody asked for here.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
_LIGHT_MODULES = ("numpy", "IPython.core.interactiveshell", "course_lib.checks")
_START_CODE = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from course_tools.grading.marking.worker import main; main()"
)

_processes: dict[threading.Thread, "WorkerProcess"] = {}


def mark_here(submission: Submission, sandbox_kind: str, limits: Limits) -> Marked:
    """Mark a submission in the calling thread's worker process.

    If anything goes wrong with the process, this submission's record says so, and is left to a
    person.

    Raises:
        CourseError: this kind of sandbox does not work here.
    """
    thread = threading.current_thread()
    process = _processes.get(thread)
    if process is None or process.sandbox_kind != sandbox_kind:
        process = _processes[thread] = WorkerProcess(sandbox_kind)
    return process.mark(submission, limits)


def end_worker_processes() -> None:
    """End the worker processes of all threads, whatever they are doing."""
    while _processes:
        _processes.popitem()[1].end()


class WorkerProcess:
    """A process that marks one submission at a time; it is started on first use.

    After `idle_seconds` without work it ends, which frees the warm sandbox and its memory.
    """

    def __init__(self, sandbox_kind: str, idle_seconds: float = IDLE_SECONDS):
        self.sandbox_kind = sandbox_kind
        self._idle_seconds = idle_seconds
        self._running: tuple[subprocess.Popen, Connection] | None = None
        self._log: IO[bytes] | None = None
        self._ended_for_good = False

    def mark(self, submission: Submission, limits: Limits) -> Marked:
        """Return the marked submission; see `mark_here`."""
        seconds = _time_limit(submission)
        try:
            connection = self._require_started()
            connection.send((submission, limits))
            if not connection.poll(seconds):
                raise TimeoutError("did not answer in time")
            answer = connection.recv()
        except (OSError, EOFError) as error:
            self._stop()
            return mark_as_undecided(submission, self._why_it_ended(error))
        if isinstance(answer, CourseError):
            raise answer
        return answer

    def _why_it_ended(self, error: BaseException) -> str:
        why = f"The process that marked it ended ({str(error) or type(error).__name__})."
        last_words = self._end_of_log()
        return f"{why} It said last: {last_words}" if last_words else why

    def _end_of_log(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _LOG_BYTES))
        return self._log.read().decode(errors="replace").strip()

    def end(self) -> None:
        """End the process; whoever waits for its answer gets an undecided record."""
        self._ended_for_good = True
        self._stop()

    def _require_started(self) -> Connection:
        if self._ended_for_good:
            raise OSError("grading was stopped")
        if self._running is not None and _is_usable(*self._running):
            return self._running[1]
        self._stop()
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._start(theirs.fileno())
        connection = Connection(ours.detach())
        self._running = process, connection
        return connection

    def _start(self, descriptor: int) -> subprocess.Popen:
        """Start the process, which inherits the socket with this descriptor."""
        if self._log is None:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it goes with this object)
        root = Path(course_tools.__file__).parents[1]
        arguments = [root, descriptor, self.sandbox_kind, os.getpid(), self._idle_seconds]
        return subprocess.Popen(
            [sys.executable, "-c", _START_CODE, *map(str, arguments)],
            pass_fds=[descriptor],
            env=os.environ | _QUIET,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C goes to the program that asked, which ends this one
        )

    def _stop(self) -> None:
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
    """Return whether the process is alive and has not just closed its end for lack of work."""
    return process.poll() is None and not connection.poll(0)


def _time_limit(submission: Submission) -> float:
    questions = len(submission.source.graded)
    return questions * (submission.question_seconds + _EXTRA_SECONDS) + _EXTRA_SECONDS


# -- inside the worker process ---------------------------------------------------------------------


def main() -> None:
    """Mark what comes over the connection until it is closed or nothing has come for a while."""
    descriptor, sandbox_kind, parent = int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    idle_seconds = float(sys.argv[5])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_exit_with_parent, args=[parent], daemon=True).start()
    # The connection is closed first, so that nobody sends to a process that is about to end.
    with _WarmSandbox(sandbox_kind) as warm, Connection(descriptor) as connection:
        while connection.poll(idle_seconds):
            try:
                submission, limits = connection.recv()
            except EOFError:
                return
            connection.send(_mark(warm, submission, limits))


def _exit_with_parent(parent: int) -> None:
    """End this process, and with it the sandbox, once the program that started it is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _mark(warm: "_WarmSandbox", submission: Submission, limits: Limits) -> Marked | CourseError:
    try:
        sandbox = warm.sandbox(_preload(submission.source))
    except CourseError as error:  # every submission would meet it: stop
        return error
    try:
        return mark(submission, sandbox, limits)
    except Exception:  # a defect of the grader costs this submission's mark, and no other's
        warm.close()
        why = f"The grader failed, please report it: {traceback.format_exc(limit=-4)}"
        return mark_as_undecided(submission, why)


class _WarmSandbox:
    """One warm sandbox, with the modules that the lesson at hand imports."""

    def __init__(self, sandbox_kind: str):
        self._sandbox_kind = sandbox_kind
        self._sandbox: Sandbox | None = None
        self._preload: tuple[str, ...] = ()

    def __enter__(self) -> "_WarmSandbox":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def sandbox(self, preload: tuple[str, ...]) -> Sandbox:
        """Return the sandbox; a new one if it was closed, or imported other modules."""
        if self._sandbox is None or preload != self._preload:
            self.close()
            self._sandbox = Sandbox.start(self._sandbox_kind, preload=preload)
            self._preload = preload
        return self._sandbox

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


def _preload(source: LessonSource) -> tuple[str, ...]:
    """Return what the sandbox imports beforehand; without TensorFlow it starts at once."""
    return _LIGHT_MODULES if all(map(_is_light, source.modules)) else DEFAULT_PRELOAD


def _is_light(module: str) -> bool:
    return module in _LIGHT_MODULES or module.partition(".")[0] in sys.stdlib_module_names
