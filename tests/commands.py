"""The `course` command as a user runs it, in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def course(*arguments, cwd=ROOT):
    command = [sys.executable, "-c", "from course_lib.cli import main; main()"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
