"""A warm Python interpreter in a sandbox, and the children it forks to run learners' code.

    with Sandbox.start() as sandbox:                  # once: imports TensorFlow, takes seconds
        child = sandbox.fork(Limits(), {"data.csv": b"…"})    # per question: milliseconds
        child.connection.sendall(…)                   # its other end: inside.learner.main
        child.kill()                                  # everything that it started is gone

`bubblewrap` builds the walls around the warm interpreter, `inside.zygote` forks it, and
`inside.isolation` puts each child in namespaces of its own; `child` says what limits it.
"""

import contextlib
import json
import os
import shutil
import site
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Self

import course_lib
import course_tools
from course_lib.errors import CourseError
from course_tools.grading import processes
from course_tools.grading.sandbox import bubblewrap
from course_tools.grading.sandbox.child import END_SECONDS, LOG_BYTES, Child, private_directory
from course_tools.grading.sandbox.limits import Limits

KINDS = ("bubblewrap", "none")
ENTRY = "course_tools.grading.inside.learner:main"
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

# What is visible inside of this package: what runs there beside `course_lib`, and nothing that
# shows how answers are judged.
_RUNS_INSIDE = (
    "__init__.py",
    "grading/__init__.py",
    "grading/processes.py",
    "grading/inside",
    "grading/wire",
)
_NO_FILES: Mapping[str, bytes] = MappingProxyType({})
_DEFAULT_LIMITS = Limits()
_BOOTSTRAP = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from course_tools.grading.inside.zygote import main; main(sys.argv[2])"
)
_START_SECONDS = 180


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
    """A running warm interpreter, which forks children; a context manager that ends it.

    `Sandbox.start` makes one. One thread uses it at a time.
    """

    def __init__(
        self,
        process: subprocess.Popen,
        requests: socket.socket,
        log: IO[bytes],
        private: str | None,
    ):
        self._process, self._requests, self._log = process, requests, log
        self._private = private  # a directory of the host's, where there are no walls
        self._children: list[Child] = []

    @classmethod
    def start(
        cls,
        kind: str = "bubblewrap",
        *,
        threads: int = 1,
        preload: Sequence[str] = DEFAULT_PRELOAD,
        entry: str = ENTRY,
        extra_read_only: Sequence[str | Path] = (),
    ) -> Self:
        """Start a warm interpreter, and return it when it has imported what is to be preloaded.

        Args:
            kind: "bubblewrap", or "none": forks without walls, for submissions that you trust.
            threads: Threads that TensorFlow and other libraries may use in a child.
            preload: Modules to import before the first fork; none may leave a thread running.
            entry: "module:function", called in the child with its end of the connection.
            extra_read_only: Directories to make visible inside, and to search for modules last.

        Raises:
            CourseError: It doesn't start; the message says why.
        """
        require(kind)
        extra = [str(Path(path).resolve()) for path in (*extra_read_only, *_user_packages())]
        read_only: list[str | Path] = [*_course_files(), *extra]
        with contextlib.ExitStack() as on_failure:
            private = None
            if kind == "none":
                private = private_directory()
                on_failure.callback(shutil.rmtree, private, ignore_errors=True)
            log = on_failure.enter_context(tempfile.TemporaryFile())
            requests, theirs = map(on_failure.enter_context, socket.socketpair())
            configuration = {
                "socket": theirs.fileno(),
                "isolate": private is None,
                "private": private or bubblewrap.PRIVATE,
                "own_tmp": not _any_below_tmp([*bubblewrap.python_files(), *read_only]),
                "paths": [*_import_paths(), *extra],
                "preload": list(preload),
                "entry": entry,
            }
            variables = _environment(private or bubblewrap.PRIVATE, threads)
            program = _program(configuration)
            if private is None:
                process = _launch_within_walls(program, variables, theirs, log, read_only)
            else:
                process = _launch(program, variables, [theirs.fileno()], log)
            theirs.close()
            sandbox = cls(process, requests, log, private)
            on_failure.pop_all()
        try:
            sandbox._await_ready()
        except BaseException:
            sandbox.close()
            raise
        return sandbox

    def _await_ready(self) -> None:
        self._requests.settimeout(_START_SECONDS)
        try:
            ready = self._requests.recv(1)
        except TimeoutError:
            raise self._failure(f"it did not start within {_START_SECONDS} s") from None
        if not ready:
            raise self._failure("it stopped while starting")

    def _failure(self, what: str) -> CourseError:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - LOG_BYTES))
        text = self._log.read().decode(errors="replace").strip()
        if "bwrap:" in text:
            return CourseError(bubblewrap.explain_failure(text))
        return CourseError(f"The sandbox failed: {what}. Its last output was:\n{text[-4000:]}")

    def fork(
        self, limits: Limits = _DEFAULT_LIMITS, files: Mapping[str, bytes] = _NO_FILES
    ) -> Child:
        """Return a new child, which has `files` in its working directory.

        Raises:
            CourseError: The name of a file contains a path, the files exceed the limits, or the
                sandbox has stopped.
        """
        _check_files(files, limits)
        self._children = [child for child in self._children if not child.is_gone()]
        child = Child.fork(self._requests, limits, files, isolated=self._private is None)
        self._children.append(child)
        return child

    def close(self) -> None:
        """End the warm interpreter and every child."""
        for child in self._children:
            child.kill()
        self._requests.close()  # the warm interpreter ends when it sees this
        try:
            self._process.wait(END_SECONDS / 6)
        except subprocess.TimeoutExpired:
            processes.end_descendants(self._process.pid)
            self._process.kill()
            self._process.wait(END_SECONDS)
        self._log.close()
        if self._private:
            shutil.rmtree(self._private, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _course_files() -> list[Path]:
    """Return what is visible inside of the course's own two packages."""
    library, tools = Path(course_lib.__file__).parent, Path(course_tools.__file__).parent
    return [library, *(tools / name for name in _RUNS_INSIDE)]


def _import_paths() -> list[str]:
    """Return the directories in which the course's two packages lie."""
    return [str(Path(file).parents[1]) for file in (course_lib.__file__, course_tools.__file__)]


def _any_below_tmp(visible: Iterable[str | Path]) -> bool:
    """Tell whether a private `/tmp` would hide something that must stay visible."""
    return any(Path(path).is_relative_to("/tmp") for path in visible)


def _program(configuration: Mapping[str, Any]) -> list[str]:
    """Return the command line of the warm interpreter."""
    # -P and -s: neither the current directory nor a home is searched for modules.
    python = [sys.executable, "-s", "-P", "-B", "-c", _BOOTSTRAP]
    return [*python, _import_paths()[1], json.dumps(configuration)]


def _launch_within_walls(
    program: list[str],
    variables: Mapping[str, str],
    theirs: socket.socket,
    log: IO[bytes],
    read_only: Sequence[str | Path],
) -> subprocess.Popen:
    rules = bubblewrap.system_call_filter()
    inherited = [theirs.fileno()]
    with tempfile.TemporaryFile() as filter_file:
        descriptor = None
        if rules is not None:
            filter_file.write(rules)
            filter_file.seek(0)
            descriptor = filter_file.fileno()
            inherited.append(descriptor)
        command = bubblewrap.command(program, variables, read_only, descriptor)
        return _launch(command, None, inherited, log)


def _launch(
    command: list[str],
    variables: Mapping[str, str] | None,
    inherited: Collection[int],
    log: IO[bytes],
) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        env=variables,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=inherited,
    )


def _user_packages() -> list[str]:
    """Return where `pip install --user` puts packages, if this interpreter looks there."""
    packages = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    return [packages] if os.path.isdir(packages) else []


def _check_files(files: Mapping[str, bytes], limits: Limits) -> None:
    for name, content in files.items():
        if not _is_file_name(name):
            raise CourseError(f"{name!r} is not a plain file name; rename the file.")
        if len(content) > limits.file_bytes:
            raise CourseError(
                f"{name} has {len(content)} bytes; at most {limits.file_bytes} are allowed."
            )
    if sum(map(len, files.values())) > limits.disk_bytes // 2:
        allowed = limits.disk_bytes // 2
        raise CourseError(f"Together the submitted files have more than {allowed} bytes.")


def _is_file_name(name: str) -> bool:
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
        # The threads of OpenBLAS in the warm interpreter would be missing after the fork.
        "OPENBLAS_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        # The order of sets, and with it a mark, must be the same every time.
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        # The learner's numbers are computed with the same kernels as the judge's.
        **{name: os.environ[name] for name in _KERNELS if name in os.environ},
    }
