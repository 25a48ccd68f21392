"""What this process may use: cores by affinity, memory by the limits of control groups."""

import os
import subprocess
import sys

import psutil
import pytest

from course_tools.commands import doctor
from course_tools.grading import capacity
from course_tools.grading.marking import default_jobs

GB = 2**30
MACHINE = psutil.virtual_memory().total


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Write the files of control groups, by path, and the process's own list of them."""

    def write(own, **limits):
        (tmp_path / "own").write_text(own)
        for path, limit in limits.items():
            file = tmp_path / "root" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{limit}\n")
        monkeypatch.setattr(capacity, "_OWN_CGROUPS", tmp_path / "own")
        monkeypatch.setattr(capacity, "_CGROUPS", tmp_path / "root")

    return write


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
@pytest.mark.skipif(os.cpu_count() < 2 or MACHINE < 8 * GB, reason="one job fits in any case")
def test_a_process_bound_to_one_core_runs_one_job():
    code = (
        "import os; from course_tools.grading.marking import default_jobs; first = default_jobs(); "
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(first, default_jobs())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    before, bound = map(int, done.stdout.split())
    assert bound == 1 <= before <= os.cpu_count(), done.stderr


VERSION_1 = "11:pids:/a\n4:memory:/a/b\n1:name=systemd:/a\n"
UNLIMITED_1 = 9223372036854771712


@pytest.mark.parametrize(
    ("own", "limits", "usable"),
    [
        # Version 2: the container's own root, a group of its own, and one that this lies in.
        ("0::/\n", {"memory.max": 3 * GB}, 3 * GB),
        ("0::/\n", {"memory.max": "max"}, MACHINE),
        ("0::/a/b\n", {"a/b/memory.max": 2 * GB, "a/memory.max": 3 * GB}, 2 * GB),
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": 3 * GB}, 3 * GB),
        ("0::/on/the/host\n", {"memory.max": 3 * GB}, 3 * GB),
        ("0::/a\n", {"memory.max": "max", "b/memory.max": GB}, MACHINE),
        # Version 1, alone and beside version 2.
        (VERSION_1, {"memory/a/b/memory.limit_in_bytes": 2 * GB}, 2 * GB),
        (VERSION_1, {"memory/memory.limit_in_bytes": 3 * GB}, 3 * GB),
        (VERSION_1 + "0::/\n", {"memory/a/memory.limit_in_bytes": 2 * GB}, 2 * GB),
        (VERSION_1, {"memory/memory.limit_in_bytes": UNLIMITED_1}, MACHINE),
        ("", {}, MACHINE),
    ],
)
def test_memory_is_what_the_nearest_limit_leaves(groups, own, limits, usable):
    groups(own, **limits)
    assert capacity.usable_memory() == min(usable, MACHINE)


def test_where_there_are_no_control_groups_memory_is_the_machines(groups, tmp_path, monkeypatch):
    groups("0::/\n", **{"memory.max": GB})
    monkeypatch.setattr(capacity, "_OWN_CGROUPS", tmp_path / "missing")
    assert capacity.usable_memory() == MACHINE


@pytest.mark.parametrize(
    "limits",
    [{"memory.max": GB}, {"memory/a/b/memory.limit_in_bytes": GB}],
    ids=["version 2", "version 1"],
)
def test_jobs_and_doctor_go_by_the_containers_memory(groups, limits):
    groups(VERSION_1 + "0::/\n", **limits)
    assert default_jobs() == 1
    finding = doctor._memory()
    assert finding.state == doctor.REMARK and finding.fact.startswith("1.0 GB;")


@pytest.mark.skipif(MACHINE < 12 * GB, reason="needs a machine with 12 GB")
def test_memory_for_two_jobs_allows_two(groups):
    groups("0::/\n", **{"memory.max": 11 * GB})
    assert default_jobs() == min(2, capacity.usable_cores())
    assert doctor._memory().fact == f"11.0 GB, {capacity.usable_cores()} cores"
