"""A process and everything that it started: measure their memory, and end them.

Without a /proc, only the process itself is known.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

_PROC = Path("/proc")


def descendants(pid: int) -> list[int]:
    """Return the processes that `pid` and its descendants started and that are still alive."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            found.append(child)
            waiting.append(child)
    return found


def _children(pid: int) -> list[int]:
    tasks = _PROC / str(pid) / "task"
    found: list[int] = []
    with contextlib.suppress(OSError):  # it, or one of its threads, has ended meanwhile
        for thread in os.listdir(tasks):
            with contextlib.suppress(OSError):
                found += map(int, (tasks / thread / "children").read_text().split())
    return found


def memory_bytes(pids: list[int]) -> int:
    """Return the memory of these processes together; what n processes share counts 1/n for each.

    So memory shared with a process that is not in the list, as after a fork, counts in part.
    """
    return 1024 * sum(_proportional_kilobytes(pid) for pid in pids)


def data_bytes() -> int | None:
    """Return how much this process has of what RLIMIT_DATA counts, or None without a /proc."""
    try:
        fields = dict(line.split(":", 1) for line in (_PROC / "self/status").open())
    except OSError:
        return None
    return int(fields["VmData"].split()[0]) * 1024


def _proportional_kilobytes(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:  # it has ended, or its memory is already gone
        return 0
    fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return sum(int(fields[name].split()[0]) for name in ("Pss", "SwapPss") if name in fields)


def end_descendants(pid: int, seconds: float = 10) -> None:
    """Kill all that `pid` started; it must be alive and adopt orphans, so that none escapes."""
    deadline = time.monotonic() + seconds
    while (found := _alive(descendants(pid))) and time.monotonic() < deadline:
        # Stopped first, so that a process which starts others doesn't win the race.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in found:
                try:
                    os.kill(process, number)
                except (ProcessLookupError, PermissionError):
                    continue
        time.sleep(0.01)


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if _state(pid) not in ("", "Z")]


def _state(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
