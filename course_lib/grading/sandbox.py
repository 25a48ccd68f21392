"""A warm Python interpreter in a sandbox, and the children it forks to run learners' code.

    with Sandbox() as sandbox:                        # once: imports TensorFlow, takes seconds
        child = sandbox.fork(Limits(), {"data.csv": b"…"})    # per question: milliseconds
        child.connection.sendall(…)                   # its other end: inside.learner.main
        child.kill()                                  # everything that it started is gone

`course_lib.grading.bubblewrap` builds the walls around the warm interpreter, `inside.zygote` forks
it, and `inside.isolation` puts each child in namespaces of its own. Nothing that comes out of a
child's connection or log may be believed. Limits, and how exact they are:

- Exact, kept by the kernel: a process's private memory (`RLIMIT_DATA`), processes and threads,
  the size of a file, the private temporary space with `/dev/shm`, processor seconds per process.
  Shared memory is a file of that space: without a file it is refused (`bubblewrap`'s filter).
- Approximate: the memory of all processes together, temporary files included, is measured five
  times a second, and the child is killed when it is above the limit. What a child can take within
  such a fifth of a second (a gigabyte or so) can come on top.
- Output to the descriptors 1 and 2 is read as it comes; of more than `LOG_BYTES` the last is kept,
  and above `MAX_LOG_BYTES` the child is killed.
"""

import contextlib
import json
import os
import platform
import select
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import course_lib
from course_lib.errors import CourseError
from course_lib.grading import bubblewrap, processes

KINDS = ("bubblewrap", "none")
ENTRY = "course_lib.grading.inside.learner:main"
DEFAULT_PRELOAD = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "tensorflow",
    "keras",
    "IPython.core.interactiveshell",
    "scipy.stats",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "course_lib.backbones",
    "course_lib.checks",
    "course_lib.data",
    "course_lib.evaluation",
    "course_lib.finetuning",
    "course_lib.plots",
)
LOG_BYTES = 64 * 2**10
MAX_LOG_BYTES = 64 * 2**20

_NO_FILES: Mapping[str, bytes] = MappingProxyType({})
_INTERVAL = 0.2
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from course_lib.grading.inside.zygote import main; main(sys.argv[2])"
)
_START_SECONDS = 180
_FORK_SECONDS = 60
_END_SECONDS = 30


@dataclass(frozen=True)
class Limits:
    """What one child, with everything that it starts, may use at most."""

    memory_bytes: int = 3 * 2**30
    """All processes together, shared memory included; and each process's private memory."""
    processes: int = 128
    """Processes and threads."""
    file_bytes: int = 64 * 2**20
    """One file."""
    disk_bytes: int = 256 * 2**20
    """The private temporary space in all."""
    cpu_seconds: int = 900
    """Processor seconds of one process."""


def require(kind: str) -> None:
    """Make sure that this kind of sandbox works here.

    Raises:
        CourseError: It doesn't; the message says what to install or to allow.
    """
    if kind not in KINDS:
        raise CourseError(f"There is no sandbox {kind!r}; there are: {', '.join(KINDS)}.")
    if not hasattr(os, "fork"):
        raise CourseError("Grading needs Linux or macOS. On Windows, run it in WSL.")
    if kind == "bubblewrap":
        bubblewrap.require()


class Sandbox:
    """A warm interpreter that forks children; a context manager. One thread uses it at a time.

    Args:
        kind: "bubblewrap", or "none": forks without walls, for submissions that you trust.
        threads: Threads that TensorFlow and other libraries may use in a child.
        preload: Modules to import before the first fork; none may leave a thread running.
        entry: "module:function", called in the child with its end of the connection.
        extra_read_only: Directories to make visible inside, and to search for modules last.

    Raises:
        CourseError: It doesn't start; the message says why.
    """

    def __init__(
        self,
        kind: str = "bubblewrap",
        *,
        threads: int = 1,
        preload: Sequence[str] = DEFAULT_PRELOAD,
        entry: str = ENTRY,
        extra_read_only: Sequence[str | Path] = (),
    ):
        require(kind)
        self._isolated = kind == "bubblewrap"
        self._children: list[Child] = []
        self._private = None if self._isolated else _private_directory()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._requests, theirs = socket.socketpair()
        package = Path(course_lib.__file__).parent
        extra = [str(Path(path).resolve()) for path in (*extra_read_only, *_user_packages())]
        visible = [*bubblewrap.python_files(), str(package), *extra]
        configuration = {
            "socket": theirs.fileno(),
            "isolate": self._isolated,
            "private": self._private or bubblewrap.PRIVATE,
            # What must stay visible may lie below /tmp.
            "own_tmp": not any(Path(path).is_relative_to("/tmp") for path in visible),
            "paths": [str(package.parent), *extra],
            "preload": list(preload),
            "entry": entry,
        }
        # -P and -s: neither the current directory nor a home is searched for modules.
        program = [sys.executable, "-s", "-P", "-B", "-c", _START, str(package.parent)]
        program.append(json.dumps(configuration))
        try:
            with theirs:
                self._process = self._start(program, theirs, [package, *extra], threads)
            self._await_ready()
        except BaseException:
            self.close()
            raise

    def _start(
        self, program: list[str], theirs: socket.socket, read_only: list, threads: int
    ) -> subprocess.Popen:
        variables = _environment(self._private or bubblewrap.PRIVATE, threads)
        inherited = [theirs.fileno()]
        rules = bubblewrap.system_call_filter() if self._isolated else None
        with contextlib.ExitStack() as stack:
            if rules is not None:
                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(rules)
                file.seek(0)
                inherited.append(file.fileno())
            if self._isolated:
                filter_descriptor = inherited[1] if rules is not None else None
                program = bubblewrap.command(program, variables, read_only, filter_descriptor)
            return subprocess.Popen(
                program,
                env=None if self._isolated else variables,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=inherited,
            )

    def _await_ready(self) -> None:
        self._requests.settimeout(_START_SECONDS)
        try:
            ready = self._requests.recv(1)
        except TimeoutError:
            raise self._failure(f"it has not started in {_START_SECONDS} s") from None
        if not ready:
            raise self._failure("it stopped while starting")

    def _failure(self, what: str) -> CourseError:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - LOG_BYTES))
        text = self._log.read().decode(errors="replace").strip()
        if "bwrap:" in text:
            return CourseError(bubblewrap.explain_failure(text))
        return CourseError(f"The sandbox failed: {what}. It said last:\n{text[-4000:]}")

    def fork(self, limits: Limits = Limits(), files: Mapping[str, bytes] = _NO_FILES) -> "Child":
        """Return a new child, which has `files` in its working directory.

        Raises:
            CourseError: A file's name isn't a plain one, the files exceed the limits, or the
                sandbox has stopped.
        """
        _check_files(files, limits)
        self._children = [child for child in self._children if not child.is_gone()]
        child = Child(self._requests, limits, files, self._isolated)
        self._children.append(child)
        return child

    def close(self) -> None:
        """End the warm interpreter and every child."""
        for child in self._children:
            child.kill()
        self._requests.close()  # the warm interpreter ends when it sees this
        process = getattr(self, "_process", None)
        if process is not None:
            try:
                process.wait(_END_SECONDS / 6)
            except subprocess.TimeoutExpired:
                processes.end_descendants(process.pid)
                process.kill()
                process.wait(_END_SECONDS)
        self._log.close()
        if self._private:
            shutil.rmtree(self._private, ignore_errors=True)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Child:
    """A forked process that runs a learner's code, and everything that it starts.

    Attributes:
        connection: The judge's end of a stream socket to `inside.learner.main`.
    """

    def __init__(
        self,
        requests: socket.socket,
        limits: Limits,
        files: Mapping[str, bytes],
        isolated: bool,
    ):
        self._limits, self._isolated = limits, isolated
        self._reason: str | None = None
        self._peak = 0
        self._log = bytearray()
        self._logged = 0
        self._log_open = True
        self._watcher: threading.Thread | None = None
        self._keeper: _Process | None = None
        self._private = None if isolated else _private_directory()
        self.connection, theirs = socket.socketpair()
        self._control, control = socket.socketpair()
        self._log_end, log = os.pipe()
        self._control.settimeout(_FORK_SECONDS)
        try:
            with theirs, control:
                socket.send_fds(requests, [b"f"], [theirs.fileno(), log, control.fileno()])
            self._start(files)
        except (OSError, ValueError, KeyError) as error:
            said = self._drain_now()
            self._release()
            raise CourseError(f"The sandbox could not fork a child: {error}\n{said}") from error
        finally:
            os.close(log)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _start(self, files: Mapping[str, bytes]) -> None:
        order = asdict(self._limits) | {
            "files": [(name, len(content)) for name, content in files.items()],
            "private": self._private,
            "isolated": self._isolated,
            "process_limit": self._process_limit(),
        }
        self._control.sendall(json.dumps(order).encode() + b"\n" + b"".join(files.values()))
        message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 2)
        reply = json.loads(message or b"{}")
        if "error" in reply or not reply:
            raise OSError(reply.get("error", "the warm interpreter has stopped"))
        keeper, learner = [*descriptors, None, None][:2]
        self._keeper = _Process(reply["keeper"], keeper)
        self._learner = _Process(reply["learner"], learner)

    def _process_limit(self) -> int:
        """Return RLIMIT_NPROC: since Linux 5.14 each child is counted for itself."""
        if not self._isolated:
            return -1  # it would count all processes of the user
        version = tuple(int(part) for part in platform.release().split(".")[:2])
        return self._limits.processes + (0 if version >= (5, 14) else 4096)

    def interrupt(self) -> None:
        """Send SIGINT to the learner's process, if it lives."""
        self._learner.signal(signal.SIGINT)

    def kill(self) -> None:
        """End the child; when this returns, everything that it started is gone."""
        if self._reason is None:
            self._measure()
            self._reason = self._reason or "killed"
        self._end()  # which the watcher sees
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join(_END_SECONDS)
        self.connection.close()

    def ended(self, wait: float = 0.0) -> str | None:
        """Return None while the child lives, else why it ended.

        Args:
            wait: Seconds to wait for the end; a connection that is closed is seen a moment before.

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
        return self._log.decode(errors="replace")

    def _end(self) -> None:
        if not self._isolated:
            processes.end_descendants(self._keeper.pid)
        self._keeper.signal(signal.SIGKILL)
        if not self._keeper.wait(_END_SECONDS):
            raise CourseError("A child of the sandbox can't be killed; is the disk hanging?")

    def _watch(self) -> None:
        """Until the child ends: read its log, measure its memory, take down how it ended."""
        try:
            self._measure()
            while not self._read_what_came(_INTERVAL):
                self._measure()
        except Exception as error:  # what can't be watched must not go on
            self._reason = self._reason or f"its watcher failed: {error!r}"
        try:
            self._end()
            self._drain_now()
        finally:
            self._release()

    def _read_what_came(self, seconds: float) -> bool:
        """Read for so long at most; return whether the child ended or has to be ended."""
        deadline = time.monotonic() + seconds
        while self._reason is None and (left := deadline - time.monotonic()) > 0:
            sources = [self._control, *([self._log_end] if self._log_open else [])]
            ready, _, _ = select.select(sources, [], [], left)
            if self._log_end in ready:
                self._take_log()
            if self._control in ready:
                self._reason = self._reason or self._how_it_ended()
        return self._reason is not None

    def _take_log(self) -> bool:
        data = os.read(self._log_end, 2**20)
        self._logged += len(data)
        self._log += data
        del self._log[:-LOG_BYTES]
        if self._logged > MAX_LOG_BYTES:
            self._reason = self._reason or "output"
        self._log_open = bool(data)  # the child may close it and go on
        return self._log_open

    def _drain_now(self) -> str:
        while select.select([self._log_end], [], [], 0)[0] and self._take_log():
            continue
        return self.stderr()

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

    def _release(self) -> None:
        self._control.close()
        if self._private:
            shutil.rmtree(self._private, ignore_errors=True)
        os.close(self._log_end)


class _Process:
    """A process, by a descriptor where the system has those: a number may be given out again."""

    def __init__(self, pid: int, descriptor: int | None):
        self.pid, self._descriptor = pid, descriptor
        if descriptor is not None:  # inside, the number is another one than here
            with open(f"/proc/self/fdinfo/{descriptor}") as file:
                fields = dict(line.split(":", 1) for line in file)
            self.pid = int(fields["Pid"])

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


def _private_directory() -> str:
    """Return a new directory with what is at `bubblewrap.PRIVATE` in a sandbox with walls."""
    directory = tempfile.mkdtemp(prefix="course-sandbox-")
    for name in ("home", "work", "tmp"):
        os.mkdir(os.path.join(directory, name))
    return directory


def _user_packages() -> list[str]:
    """Return where `pip install --user` puts packages, if this interpreter looks there."""
    packages = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    return [packages] if os.path.isdir(packages) else []


def _check_files(files: Mapping[str, bytes], limits: Limits) -> None:
    for name, content in files.items():
        if not _is_plain(name):
            raise CourseError(f"{name!r} is not the plain name of a file; rename it.")
        if len(content) > limits.file_bytes:
            raise CourseError(
                f"{name} has {len(content)} bytes; at most {limits.file_bytes} may be."
            )
    if sum(map(len, files.values())) > limits.disk_bytes // 2:
        raise CourseError(f"The submitted files exceed {limits.disk_bytes // 2} bytes together.")


def _is_plain(name: str) -> bool:
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return 0 < len(encoded) < 256 and not {"/", "\0"} & set(name) and name not in (".", "..")


# Variables by which a machine chooses the kernels of oneDNN, NumPy and OpenBLAS.
_KERNELS = (
    "ONEDNN_MAX_CPU_ISA",
    "TF_ENABLE_ONEDNN_OPTS",
    "NPY_DISABLE_CPU_FEATURES",
    "OPENBLAS_CORETYPE",
)


def _environment(private: str, threads: int) -> dict[str, str]:
    """Return the whole environment of the warm interpreter and its children."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "learner",
        "HOME": f"{private}/home",
        "TMPDIR": f"{private}/tmp",
        "MPLCONFIGDIR": f"{private}/home/matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{private}/home/ipython",
        "KERAS_HOME": f"{private}/home/keras",
        "COURSE_CACHE": f"{private}/home/course",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        # A thread of OpenBLAS's in the warm interpreter would be missing after the fork.
        "OPENBLAS_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        # The order of sets, and with it a mark, must not depend on the day.
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        # What the judge's numbers are computed with, the learner's are computed with, too.
        **{name: os.environ[name] for name in _KERNELS if name in os.environ},
    }
