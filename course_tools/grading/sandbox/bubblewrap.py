"""The command that starts a program in bubblewrap, and the message when it can't be started.

Inside are, read-only: `/usr`, the Python installation, and what the caller names; a minimal `/dev`,
a `/proc` of its own, and a small private place under `PRIVATE`. There is no network, no home, and
of `/etc` only the files of the linker and of fonts; the environment is what the caller gives.

Run by root, bubblewrap would keep host user 0, who may write to `/proc/sys` without any
capability. So an outer bubblewrap, as root, only arranges the files, including those in directories
that nobody else may enter, and becomes `NOBODY`; an inner one does the isolation.
"""

import os
import platform
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from course_lib.errors import CourseError

PRIVATE = "/learner"
NOBODY = 65534

_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_FONTS = ("/etc/fonts",)
_PYTHON_DIRECTORIES = ("bin", "lib", "lib64", "libexec", "share", "pyvenv.cfg")


def require() -> None:
    """Make sure that bubblewrap works here by running it.

    Raises:
        CourseError: It doesn't; the message says what to install or to allow.
    """
    if not sys.platform.startswith("linux"):
        raise CourseError(
            "The sandbox needs Linux. Grade in WSL or in a Linux container, or, if you trust every "
            "submission, with --sandbox none."
        )
    if shutil.which("bwrap") is None:
        raise CourseError(
            "The sandbox needs bubblewrap, which is not installed. Install it with\n"
            "  apt install bubblewrap    (Debian, Ubuntu)\n"
            "  dnf install bubblewrap    (Fedora, Red Hat)\n"
            "or, if you trust every submission, grade with --sandbox none."
        )
    trial = [sys.executable, "-S", "-s", "-P", "-B", "-c", ""]
    try:
        result = subprocess.run(
            command(trial, {}), cwd="/", capture_output=True, text=True, timeout=30
        )
    except subprocess.TimeoutExpired:
        raise CourseError("bubblewrap does not answer; is the machine overloaded?") from None
    if result.returncode:
        raise CourseError(explain_failure(result.stderr))


def explain_failure(stderr: str) -> str:
    """Return a message for a bubblewrap that stopped and wrote this to its standard error."""
    message = f"bubblewrap can't start the sandbox: {stderr.strip()[-2000:]}"
    if "namespace" in stderr or "setting up uid map" in stderr or "loopback" in stderr:
        return message + (
            "\nThis machine forbids user namespaces. An administrator allows them with\n"
            "  sysctl -w kernel.unprivileged_userns_clone=1                  (Debian)\n"
            "  sysctl -w kernel.apparmor_restrict_unprivileged_userns=0      (Ubuntu 24.04)\n"
            "  sysctl -w user.max_user_namespaces=10000                      (Red Hat)\n"
            "In a container, start it with --privileged."
        )
    if "proc" in stderr and "mount" in stderr:
        return message + "\nIn a container, start it with --privileged: /proc is masked."
    if "ermission denied" in stderr:
        return message + (
            f"\nThe Python installation ({sys.prefix}, {sys.base_prefix}) must be readable by "
            "other users; inside its own directory: chmod -R a+rX DIRECTORY."
        )
    return message


def command(
    program: Sequence[str],
    environment: Mapping[str, str],
    read_only: Iterable[str | Path] = (),
    filter_descriptor: int | None = None,
) -> list[str]:
    """Return the command line that runs `program` in bubblewrap, as the only process of its kind.

    Args:
        program: What to run; it becomes process 1 inside, so everything ends with it.
        environment: The whole environment inside.
        read_only: Files and directories that are visible inside besides the Python installation.
        filter_descriptor: Open file with the system call filter, see `system_call_filter`.
    """
    files = _mount_options([*python_files(), *read_only])
    isolate = ["--unshare-all", "--as-pid-1", "--new-session", "--clearenv"]
    if filter_descriptor is not None:
        isolate += ["--seccomp", str(filter_descriptor)]
    for name, value in environment.items():
        isolate += ["--setenv", name, value]
    # /dev is a file system that all children of one sandbox share, so it must not be written to.
    private = ["--proc", "/proc", "--dev", "/dev"]
    # Mapped and shared, /dev/zero is memory that belongs to no process.
    private += ["--dev-bind", "/dev/null", "/dev/zero", "--remount-ro", "/dev", "--tmpfs", PRIVATE]
    private += ["--dir", f"{PRIVATE}/home", "--dir", f"{PRIVATE}/tmp", "--tmpfs", "/dev/shm"]
    last = ["--remount-ro", "/", "--chdir", "/", "--", *program]
    if os.getuid() != 0:
        return ["bwrap", *isolate, *files, *private, *last]
    capabilities = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    # The inner one may mount a /proc only where it sees a whole one.
    devices = ["--dev-bind", "/dev", "/dev", "--bind", "/proc", "/proc"]
    become = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--"]
    outer = ["bwrap", *capabilities, *files, *devices, "--remount-ro", "/", "--chdir", "/"]
    return [*outer, "--", *become, "bwrap", *isolate, "--ro-bind", "/", "/", *private, *last]


def python_files() -> list[str]:
    """Return the programs and libraries of the running Python, under every name that they have.

    Not the whole of `sys.prefix`, which may contain a class directory or the instructor's settings.
    """
    given = [sys.prefix, sys.base_prefix]
    prefixes = dict.fromkeys([*given, *map(os.path.realpath, given)])
    paths = [os.path.join(prefix, name) for prefix in prefixes for name in _PYTHON_DIRECTORIES]
    paths = [path for path in paths if os.path.exists(path)]
    program = sys.executable  # often a link to a link to the program
    while os.path.islink(program):
        program = os.path.join(os.path.dirname(program), os.readlink(program))
        if not any(_lies_below(program, path) for path in paths):
            paths.append(program)
    return paths


def _mount_options(read_only: Sequence[str | Path]) -> list[str]:
    """Return the options that make the system's and these files visible, read-only."""
    options: list[str] = []
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(name):
            options += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            options += ["--ro-bind", name, name]
    options += ["--ro-bind", "/usr", "/usr"]
    wanted = [path for path in (*_SETTINGS, *_FONTS) if os.path.exists(path)]
    outside_usr = {str(path) for path in read_only if not _lies_below(path, "/usr")}
    # A directory is made visible before one that lies in it.
    for path in [*wanted, *sorted(outside_usr)]:
        for parent in reversed(Path(path).parents[:-1]):
            options += ["--dir", str(parent)]  # by itself bubblewrap closes them to others
        options += ["--ro-bind", path, path]
    if os.path.isdir("/usr/local/etc"):  # may hold the instructor's nbgrader settings
        options += ["--tmpfs", "/usr/local/etc", "--remount-ro", "/usr/local/etc"]
    for place in (PRIVATE, "/tmp"):
        options += ["--dir", place]
    return options


def _lies_below(path: str | Path, directory: str) -> bool:
    return Path(path).is_relative_to(directory)


# Numbers of system calls on x86-64 and on 64-bit Arm.
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FORBIDDEN = {
    # Memory that belongs to no process and no file system, so no limit sees it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    # The keys of the user who grades.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # What no lesson needs, and attacks on kernels have used.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "open_by_handle_at": (304, 265),
}
_SOCKET = (41, 198)
# Shared memory without a file stays when its pages are unmapped, so no measurement sees it whole.
_MMAP = (9, 222)
_SHARED_ANONYMOUS = 0x01 | 0x20  # from linux/mman.h
# A network namespace does not restrict every family (one reaches a virtual machine's host).
_FAMILIES = {"unix": 1, "inet": 2, "inet6": 10, "netlink": 16}


def system_call_filter() -> bytes | None:
    """Return a filter program for seccomp, or None on a machine whose numbers aren't known here.

    Forbidden calls fail with "operation not permitted", which libraries take for "not available".
    The format is classic BPF: https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    column = list(_ARCHITECTURES).index(machine)
    allow, refuse = (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)  # RET ALLOW, RET ERRNO 1
    # Offsets in struct seccomp_data.
    number, architecture, first_argument, fourth_argument = 0, 4, 16, 40
    program = [
        (0x20, 0, 0, architecture),  # load
        (0x15, 1, 0, _ARCHITECTURES[machine]),  # equal: skip one
        refuse,
        (0x20, 0, 0, number),
        (0x35, 0, 1, 0x40000000),  # at least: another way of calling on x86 (x32)
        refuse,
    ]
    for numbers in _FORBIDDEN.values():
        program += [(0x15, 0, 1, numbers[column]), refuse]
    program += [
        (0x15, 0, 5, _MMAP[column]),  # another call: skip five
        (0x20, 0, 0, fourth_argument),
        (0x54, 0, 0, _SHARED_ANONYMOUS),  # and
        (0x15, 0, 1, _SHARED_ANONYMOUS),
        refuse,
        allow,
    ]
    program += [(0x15, 1, 0, _SOCKET[column]), allow, (0x20, 0, 0, first_argument)]
    for family in _FAMILIES.values():
        program += [(0x15, 0, 1, family), allow]
    program += [refuse]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
