"""Many submissions at once: in parallel, on a Dask cluster, and with processes that are killed."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import distributed
import nbformat
import pytest
from commands import COURSE, course, is_alive, start
from tiny import LESSON, NO_TWICE, RIGHT, hand_in, ledger_file, scores, tiny_lesson

from course_lib.errors import CourseError
from course_tools.grading import processes
from course_tools.grading.marking import File, RunOptions, Submission, mark_as_undecided, result_of
from course_tools.grading.marking.worker import WorkerProcess
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.record import Verdict
from course_tools.grading.run import grade
from course_tools.grading.sandbox import Limits


def slowly(seconds):
    return RIGHT | {"twice": f"import time\ntime.sleep({seconds})\n" + RIGHT["twice"]}


ALL = {"add": 2, "twice": 1, "why": None}
KIND = "bubblewrap" if shutil.which("bwrap") else "none"


def wait_for(condition, what, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} took too long"
        time.sleep(0.05)


def scores_in(text):
    return {each["id"]: each["score"] for each in json.loads(text)["questions"]}


def finished(directory):
    return {path.stem: path.read_bytes() for path in (directory / "ledger" / LESSON).glob("*.json")}


def test_the_command_grades_in_parallel_and_prints_a_table(class_directory):
    hand_in(class_directory, ada=RIGHT, ben=NO_TWICE, cleo={})
    done = course("grade", class_directory, LESSON, "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 graded" in done.stdout and "2/6" in done.stdout and done.stderr == ""
    assert len(json.loads((class_directory / "ledger" / f"{LESSON}.json").read_text())) == 3


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_is_finished_by_the_next(class_directory, number):
    students = [f"student{i}" for i in range(6)]
    hand_in(class_directory, **dict.fromkeys(students, slowly(1)))
    run = start(*COURSE, "grade", class_directory, LESSON, "--jobs", 2)
    wait_for(lambda: len(finished(class_directory)) >= 2, "the first two")
    below = processes.descendants(run.pid)
    os.killpg(run.pid, number)
    output, _ = run.communicate(timeout=60)
    if number == signal.SIGINT:
        assert run.returncode == 130 and output.endswith("course: interrupted.\n"), output
    wait_for(lambda: not any(map(is_alive, below)), "ending what the run had started")
    before = finished(class_directory)
    assert 2 <= len(before) < 6
    again = course("grade", class_directory, LESSON)
    assert f"{len(before)} of 6 graded before" in again.stdout, again.stdout + again.stderr
    after = finished(class_directory)
    assert set(after) == set(students)
    assert {student: after[student] for student in before} == before
    assert all(scores_in(text) == ALL for text in after.values())


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_submission_and_no_other(class_directory):
    hand_in(class_directory, ada=RIGHT, dan=slowly(30), eve=RIGHT)

    def kill_the_one_that_marks_dan():
        wait_for(lambda: ledger_file(class_directory, "ada").exists(), "the first one")
        time.sleep(1)
        # An idle worker of an earlier test may be among them; nobody misses it.
        for worker in filter(is_worker, processes.descendants(os.getpid())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_one_that_marks_dan)
    killer.start()
    ada, dan, eve = grade(class_directory, LESSON, options=RunOptions(jobs=1))
    killer.join()
    assert scores(ada) == scores(eve) == ALL
    assert {each.verdict for each in dan.questions} == {Verdict.NEEDS_HUMAN}
    assert "process that marked it ended" in dan.questions[0].message
    hand_in(class_directory, dan=RIGHT)
    [dan] = grade(class_directory, LESSON, students=["dan"])
    assert scores(dan) == ALL


def is_worker(pid):
    try:
        return b"course_tools.grading.marking.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_without_a_sandbox_there_is_a_warning_and_without_bubblewrap_a_way_to_get_it(
    class_directory,
):
    hand_in(class_directory, ada=RIGHT)
    environment = os.environ | {"PATH": "/nonexistent"}
    done = subprocess.run(
        [*COURSE, "grade", class_directory, LESSON], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1 and "apt install bubblewrap" in done.stderr
    assert not ledger_file(class_directory, "ada").exists()
    done = course("grade", class_directory, LESSON, "--sandbox", "none")
    assert done.returncode == 0 and "runs with your rights" in done.stdout
    assert scores_in(ledger_file(class_directory, "ada").read_text()) == ALL


@pytest.fixture
def submission():
    text = nbformat.writes(tiny_lesson())
    return Submission(LESSON, "ada", LessonSource(text), File("a.ipynb", text.encode()), b"secret")


def test_a_worker_that_is_left_alone_ends_and_is_replaced(submission):
    process = WorkerProcess(KIND, idle_seconds=1.0)
    first = process.mark(submission, Limits())
    pid = process._running[0].pid
    wait_for(lambda: not is_alive(pid), "ending by itself")
    second = process.mark(submission, Limits())
    assert process._running[0].pid != pid
    process.end()
    assert first.record.questions == second.record.questions
    assert scores(second.record) == ALL
    ended = process.mark(submission, Limits()).record
    assert "grading was stopped" in ended.questions[0].message


def test_a_worker_of_another_version_is_refused(submission):
    other = Future()
    other.set_result(
        mark_as_undecided(replace(submission, secret=b"another"), "as another version would")
    )
    with pytest.raises(CourseError, match="another version of the course"):
        result_of(other, submission)


def test_a_submission_that_kills_every_worker_of_a_cluster_is_left_to_a_person(submission):
    lost = Future()
    lost.set_exception(
        distributed.KilledWorker("ada", SimpleNamespace(address="tcp://127.0.0.1:1"), 3)
    )
    record = result_of(lost, submission).record
    assert {each.verdict for each in record.questions} == {Verdict.NEEDS_HUMAN}
    lost = Future()
    lost.set_exception(OSError("the scheduler is gone"))
    with pytest.raises(CourseError, match="the scheduler is gone.*is kept.*same command"):
        result_of(lost, submission)


# -- Dask ------------------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler; `cluster.worker()` starts a real worker process, to be killed at will."""
    cluster = Cluster(tmp_path)
    yield cluster
    for process in cluster.processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class Cluster:
    def __init__(self, folder):
        self.processes = []
        self._file = folder / "scheduler.json"
        self._start("scheduler", "--port", 0, "--host", "127.0.0.1", "--no-show")
        wait_for(self._file.exists, "the scheduler")
        self.address = json.loads(self._file.read_text())["address"]

    def worker(self):
        return self._start(
            "worker", "--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"
        )

    def _start(self, kind, *options):
        command = [sys.executable, "-m", "dask", kind, *options, "--scheduler-file", self._file]
        self.processes.append(start(*command))
        return self.processes[-1]


@pytest.mark.slow
def test_workers_of_a_cluster_that_are_killed_lose_nothing(class_directory, cluster):
    students = [f"student{i}" for i in range(6)]
    hand_in(class_directory, **dict.fromkeys(students, slowly(2)))
    workers = [cluster.worker(), cluster.worker()]
    run = start(*COURSE, "grade", class_directory, LESSON, "--dask", cluster.address)
    for killed, so_many in zip(workers, (1, 3), strict=True):
        wait_for(lambda n=so_many: len(finished(class_directory)) >= n, f"{so_many} submissions")
        os.killpg(killed.pid, signal.SIGKILL)
        cluster.worker()
    output, _ = run.communicate(timeout=180)
    assert run.returncode == 0, output
    assert "6 of 6 graded" in output
    found = {student: scores_in(text) for student, text in finished(class_directory).items()}
    assert found == dict.fromkeys(students, ALL)
    # The same pure function: marks from a cluster are finished for a run without one.
    assert "6 of 6 graded before" in course("grade", class_directory, LESSON).stdout


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_said_plainly(class_directory, cluster):
    hand_in(class_directory, ada=RIGHT)
    with pytest.raises(CourseError, match="has no workers"):
        grade(class_directory, LESSON, options=RunOptions(dask=cluster.address))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(CourseError, match="no Dask scheduler at"):
            grade(class_directory, LESSON, options=RunOptions(dask=address))
