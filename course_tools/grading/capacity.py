"""What this process may use of its machine: cores and memory.

A container or a batch system grants less than the machine has, and says so elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """Return how many cores this process may use, by its affinity and its container's quota."""
    from joblib import cpu_count

    return cpu_count()


def usable_memory() -> int:
    """Return how many bytes this process may use: what the machine has, or is granted of it."""
    import psutil

    return min([psutil.virtual_memory().total, *_cgroup_limits()])


def _cgroup_limits() -> Iterator[int]:
    """Yield the limits of this process's control groups, and of the groups around them.

    In a container the path of the group may be the host's, which can't be seen from inside; the
    container's own limit is then found at the top.
    """
    for folder, name in _memory_groups():
        for group in (folder, *folder.parents):
            if not group.is_relative_to(_CGROUPS):
                break
            limit = _number(group / name)
            if limit is not None:
                yield limit


def _memory_groups() -> Iterator[tuple[Path, str]]:
    """Yield the folders of this process's groups, each with the name of the file with its limit."""
    try:
        lines = _OWN_CGROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return
    for line in lines:  # HIERARCHY:CONTROLLERS:PATH, see cgroups(7)
        _, controllers, path = line.split(":", 2)
        below = PurePosixPath(path).relative_to("/")
        if not controllers:  # version 2
            yield _CGROUPS / below, "memory.max"
        elif "memory" in controllers.split(","):
            yield _CGROUPS / "memory" / below, "memory.limit_in_bytes"


def _number(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:  # the file is missing, or belongs to another namespace
        return None
    return int(text) if text.isdigit() else None  # "max" is no limit
