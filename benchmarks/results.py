"""Results that are kept in the repository, with the day and the machine that they come from."""

import datetime
import json
import os
import platform
from pathlib import Path

from course_lib import environment
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically

FOLDER = Path(__file__).with_name("results")


def keep(name: str, lines: list[str], folder: Path = FOLDER) -> None:
    """Write the results of a benchmark to `FOLDER/NAME.json`."""
    result = {
        "command": f"python -m benchmarks --keep {name}",
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "versions": environment.versions(),
        "lines": lines,
    }
    write(folder / f"{name}.json", result)


def write(path: Path, found: dict) -> None:
    """Write something as JSON, whole or not at all."""
    write_atomically(path, (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode())


def kept(name: str, folder: Path) -> dict | None:
    """Return what `keep` has written for a benchmark, or None.

    Raises:
        CourseError: the file is damaged.
    """
    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CourseError(f"{path} is damaged ({error}). Restore or remove it.") from error


def machine() -> str:
    """Describe this machine: processor, cores, system."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
