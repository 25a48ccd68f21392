"""A child of a sandbox: a forked process that runs a learner's code, and the watch over it.

Nothing that comes out of a child's connection or log may be believed. Its limits, and how exact
they are:

- Exact, kept by the kernel: a process's private memory (`RLIMIT_DATA`), processes and threads,
  the size of a file, the private temporary space with `/dev/shm`, processor seconds per process.
  Shared memory is a file of that space: without a file it is refused (`bubblewrap`'s filter).
- Approximate: the memory of all processes together, temporary files included, is measured five
  times a second, and the child is killed when it exceeds the limit. It can exceed it by what it
  takes within a fifth of a second (a gigabyte or so).
- Output to the descriptors 1 and 2 is read as it comes. The last `LOG_BYTES` of it are kept, and
  the child is killed when it writes more than `MAX_LOG_BYTES`.
"""

import contextlib
import json
import os
import platform
import select
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Self

from course_lib.errors import CourseError
from course_tools.grading import processes
from course_tools.grading.sandbox import bubblewrap
from course_tools.grading.sandbox.limits import Limits

LOG_BYTES = 64 * 2**10
MAX_LOG_BYTES = 64 * 2**20
_INTERVAL = 0.2
_FORK_SECONDS = 60
END_SECONDS = 30


class Child:
    """A forked process that runs a learner's code, and everything that it starts.

    Attributes:
        connection: The judge's end of a stream socket to `inside.learner.main`.
    """

    def __init__(
        self,
        connection: socket.socket,
        control: socket.socket,
        log: "_Log",
        limits: Limits,
        private: str | None,
        keeper: "_Process",
        learner: "_Process",
    ):
        self.connection = connection
        self._control = control
        self._log = log
        self._limits = limits
        self._private = private  # a directory of the host's, where there are no walls
        self._keeper, self._learner = keeper, learner
        self._reason: str | None = None
        self._peak = 0
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @classmethod
    def fork(
        cls,
        requests: socket.socket,
        limits: Limits,
        files: Mapping[str, bytes],
        isolated: bool,
    ) -> Self:
        """Let the warm interpreter at the other end of `requests` fork, and watch over the child.

        Raises:
            CourseError: It could not fork.
        """
        private = None if isolated else private_directory()
        connection, their_connection = socket.socketpair()
        control, their_control = socket.socketpair()
        log_end, their_log = os.pipe()
        log = _Log(log_end)
        control.settimeout(_FORK_SECONDS)
        try:
            with their_connection, their_control:
                theirs = [their_connection.fileno(), their_log, their_control.fileno()]
                socket.send_fds(requests, [b"f"], theirs)
            keeper, learner = _send_order(control, limits, files, private)
        except (OSError, ValueError, KeyError) as error:
            log.drain()
            _put_away(control, log, private)
            raise CourseError(
                f"The sandbox could not fork a child: {error}\n{log.text()}"
            ) from error
        finally:
            os.close(their_log)
        child = cls(connection, control, log, limits, private, keeper, learner)
        child._watcher.start()
        return child

    def interrupt(self) -> None:
        """Send SIGINT to the learner's process, if it is alive."""
        self._learner.signal(signal.SIGINT)

    def kill(self) -> None:
        """End the child; when this returns, everything that it started is gone."""
        if self._reason is None:
            self._measure()
            self._reason = self._reason or "killed"
        self._end()  # which the watcher sees
        if self._watcher is not threading.current_thread():
            self._watcher.join(END_SECONDS)
        self.connection.close()

    def ended(self, wait: float = 0.0) -> str | None:
        """Return None while the child is alive, otherwise why it ended.

        Args:
            wait: Seconds to wait for the end, which is noticed just after the connection closes.

        Returns:
            "exit 3", "signal 11", "memory", "processes", "output", "cpu time", or "killed"; or
            that its watcher failed.
        """
        if wait:
            self._watcher.join(wait)
        return self._reason

    def is_gone(self) -> bool:
        """Return whether the child has ended and all that belongs to it has been put away."""
        return not self._watcher.is_alive()

    def peak_memory_bytes(self) -> int:
        """Return the most memory seen in a measurement; pages shared with others count in part."""
        return self._peak

    def stderr(self) -> str:
        """Return the end of what was written to the descriptors 1 and 2."""
        return self._log.text()

    @property
    def _isolated(self) -> bool:
        return self._private is None

    def _end(self) -> None:
        if not self._isolated:
            processes.end_descendants(self._keeper.pid)
        self._keeper.signal(signal.SIGKILL)
        if not self._keeper.wait(END_SECONDS):
            raise CourseError("A child of the sandbox can't be killed; does the disk respond?")

    def _watch(self) -> None:
        """Read the log and measure the memory until the child ends; then note how it ended."""
        try:
            self._measure()
            while not self._read_what_came(_INTERVAL):
                self._measure()
        except Exception as error:  # an unwatched child must not go on
            self._reason = self._reason or f"its watcher failed: {error!r}"
        try:
            self._end()
            self._log.drain()
        finally:
            _put_away(self._control, self._log, self._private)

    def _read_what_came(self, seconds: float) -> bool:
        """Read for at most so many seconds; return whether the child has ended or has to end."""
        deadline = time.monotonic() + seconds
        while self._reason is None and (left := deadline - time.monotonic()) > 0:
            sources: list[socket.socket | _Log] = [self._control]
            sources += [self._log] if self._log.is_open else []
            ready, _, _ = select.select(sources, [], [], left)
            if self._log in ready and self._log.read() > MAX_LOG_BYTES:
                self._reason = self._reason or "output"
            if self._control in ready:
                self._reason = self._reason or self._how_it_ended()
        return self._reason is not None

    def _how_it_ended(self) -> str:
        try:
            how = json.loads(self._control.recv(4096) or b"{}")
        except (OSError, ValueError):
            how = {}
        if how.get("signal") == signal.SIGXCPU:
            return "cpu time"
        (kind, number), *_ = how.items() or [("signal", int(signal.SIGKILL))]
        return f"{kind} {number}"

    def _measure(self) -> None:
        pids = [self._keeper.pid, *processes.descendants(self._keeper.pid)]
        used = processes.memory_bytes(pids) + self._temporary_bytes()
        self._peak = max(self._peak, used)
        if used > self._limits.memory_bytes:
            self._reason = self._reason or "memory"
        elif len(pids) > self._limits.processes:
            self._reason = self._reason or "processes"

    def _temporary_bytes(self) -> int:
        """Return the memory that temporary files take (those that are mapped count twice)."""
        if not self._isolated:
            return 0
        try:
            space = os.statvfs(f"/proc/{self._keeper.pid}/root{bubblewrap.PRIVATE}")
        except OSError:
            return 0
        return (space.f_blocks - space.f_bfree) * space.f_frsize


def _send_order(
    control: socket.socket, limits: Limits, files: Mapping[str, bytes], private: str | None
) -> tuple["_Process", "_Process"]:
    """Say what the child may use and which files it gets; return the keeper and the learner.

    Raises:
        OSError: The other end can't make the child, or has stopped.
        ValueError, KeyError: It answers with something else.
    """
    isolated = private is None
    order = asdict(limits) | {
        "files": [(name, len(content)) for name, content in files.items()],
        "private": private,
        "isolated": isolated,
        # Where walls are missing, it would count all processes of the user.
        "process_limit": _process_limit(limits) if isolated else -1,
    }
    control.sendall(json.dumps(order).encode() + b"\n" + b"".join(files.values()))
    message, descriptors, _, _ = socket.recv_fds(control, 4096, 2)
    reply = json.loads(message or b"{}")
    if "error" in reply or not reply:
        raise OSError(reply.get("error", "the warm interpreter has stopped"))
    if not descriptors:
        return _Process(reply["keeper"]), _Process(reply["learner"])
    keeper, learner = descriptors
    return _Process.from_descriptor(keeper), _Process.from_descriptor(learner)


def _process_limit(limits: Limits) -> int:
    """Return RLIMIT_NPROC: since Linux 5.14 each child's processes are counted separately."""
    version = tuple(int(part) for part in platform.release().split(".")[:2])
    return limits.processes + (0 if version >= (5, 14) else 4096)


def _put_away(control: socket.socket, log: "_Log", private: str | None) -> None:
    control.close()
    if private:
        shutil.rmtree(private, ignore_errors=True)
    log.close()


class _Log:
    """The end of what a child writes to the descriptors 1 and 2.

    Attributes:
        is_open: Whether the child can still write to it; it may close both and go on.
    """

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        self._tail = bytearray()
        self._total = 0
        self.is_open = True

    def fileno(self) -> int:
        return self._descriptor

    def read(self) -> int:
        """Wait for more; return how many bytes have come in all."""
        data = os.read(self._descriptor, 2**20)
        self._total += len(data)
        self._tail += data
        del self._tail[:-LOG_BYTES]
        self.is_open = bool(data)
        return self._total

    def drain(self) -> None:
        """Read what has come, without waiting for more."""
        self.is_open = True
        while self.is_open and select.select([self], [], [], 0)[0]:
            self.read()

    def text(self) -> str:
        return self._tail.decode(errors="replace")

    def close(self) -> None:
        os.close(self._descriptor)


class _Process:
    """A process, by a descriptor where the system has those: numbers are used again."""

    def __init__(self, pid: int, descriptor: int | None = None):
        self.pid, self._descriptor = pid, descriptor

    @classmethod
    def from_descriptor(cls, descriptor: int) -> Self:
        """Return the process with its number here; inside the sandbox it has another."""
        with open(f"/proc/self/fdinfo/{descriptor}") as file:
            fields = dict(line.split(":", 1) for line in file)
        return cls(int(fields["Pid"]), descriptor)

    def __del__(self):
        if self._descriptor is not None:
            os.close(self._descriptor)

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, number)
            else:
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Return whether the process has ended within so many seconds."""
        if self._descriptor is not None:
            return bool(select.select([self._descriptor], [], [], seconds)[0])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.01)
        return False


def private_directory() -> str:
    """Return a new directory laid out like `bubblewrap.PRIVATE` in a sandbox with walls."""
    directory = tempfile.mkdtemp(prefix="course-sandbox-")
    for name in ("home", "work", "tmp"):
        os.mkdir(os.path.join(directory, name))
    return directory
