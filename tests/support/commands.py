"""The `course` command as a user runs it, in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

from checkout import ROOT

COURSE = [sys.executable, "-c", "from course_tools.commands import main; main()"]


def course(*arguments, cwd=ROOT):
    return subprocess.run([*COURSE, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


def start(*command, stderr=subprocess.STDOUT, **more):
    """Start a command as a shell does: in a process group of its own, and able to hear Ctrl-C.

    What a script starts in the background ignores it, and so would all that the tests start.
    """
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=stderr, text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **more,
    )  # fmt: skip


def is_alive(pid):
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
