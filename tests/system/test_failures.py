"""Failure on the way ends in one plain message, and leaves nothing half-written.

Disks that are really full or can't be written, a user without rights, signals that arrive while
a command works: nothing of the machine is imitated.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import browser
import nbformat
import numpy as np
import pytest
from commands import COURSE, ROOT, course, is_alive, start
from nbformat import v4
from tiny import LESSON, RIGHT, files_of, hand_in

from course_lib.errors import CourseError, advice_on
from course_lib.plumbing import write_atomically
from course_tools.authoring import execute
from course_tools.grading.marking import RunOptions
from course_tools.grading.processes import descendants
from course_tools.grading.run import grade


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB."""
    place = tmp_path / "small disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"only root may mount a disk: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk):
    with open(disk / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return


def assert_one_plain_message(run, *parts):
    assert run.returncode == 1, run.stdout + run.stderr
    [message] = run.stderr.splitlines()
    assert message.startswith("course: ")
    assert all(part in message for part in parts), message


# -- a full disk -----------------------------------------------------------------------------------


def test_starting_the_course_on_a_full_disk_says_so_and_goes_on_later(small_disk):
    fill(small_disk)
    work = small_disk / "work"
    assert_one_plain_message(course("start", work), str(work), "disk is full", "Free some space")
    assert not [path for path in work.rglob("*") if path.stat().st_size == 0 or path.is_symlink()]
    (small_disk / "filler").unlink()
    assert course("start", work).returncode == 0
    lessons = {path.name: path.read_bytes() for path in (ROOT / "lessons").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in work.iterdir()} == lessons


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("class", "due", "CLASS", LESSON, "2026-12-01T23:59+01:00"),
        ("class", "collect", "CLASS", LESSON, "HANDED IN"),
        ("class", "init", "NEW"),
        ("feedback", "CLASS", LESSON),
        ("export", "CLASS", "--output", "CLASS/marks.csv"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_an_instructors_command_on_a_full_disk_harms_nothing(
    small_disk, fresh_class, tmp_path, arguments
):  # fmt: skip
    directory = Path(shutil.copytree(fresh_class, small_disk / "class"))
    hand_in(directory, ada=RIGHT)
    grade(directory, LESSON, options=RunOptions(jobs=1, sandbox="none"))
    handed_in = tmp_path / "handed in" / "ben"
    handed_in.mkdir(parents=True)
    shutil.copy(directory / "release" / LESSON / f"{LESSON}.ipynb", handed_in)
    fill(small_disk)
    before = files_of(directory)
    places = {"CLASS": directory, "HANDED IN": handed_in.parent, "NEW": small_disk / "new"}
    run = course(
        *(str(places.get(each, each)).replace("CLASS", str(directory)) for each in arguments)
    )
    assert_one_plain_message(run, "disk is full")
    assert {path: files_of(directory).get(path) for path in before} == before
    assert not list(small_disk.rglob("*.part"))


@pytest.mark.slow
def test_grading_on_a_full_disk_says_so_and_finishes_later(small_disk, fresh_class):
    directory = Path(shutil.copytree(fresh_class, small_disk / "class"))
    hand_in(directory, ada=RIGHT, ben=RIGHT)
    fill(small_disk)
    command = ("grade", directory, LESSON, "--sandbox", "none", "--jobs", 1)
    assert_one_plain_message(course(*command), "disk is full")
    (small_disk / "filler").unlink()
    run = course(*command)
    assert run.returncode == 0 and run.stdout.count("3/6") == 2, run.stdout + run.stderr


@pytest.mark.slow
def test_a_cache_on_a_full_disk_costs_a_line_and_no_lesson(small_disk, capsys):
    import keras

    from course_lib.feature_extraction import cached_features

    image = keras.Input((4, 4, 3))
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))
    images = np.arange(96, dtype="float32").reshape(2, 4, 4, 3)
    fill(small_disk)
    features = cached_features(model, images, folder=small_disk / "features", progress=False)
    np.testing.assert_allclose(features, images.mean(axis=(1, 2)), rtol=1e-5)
    [line] = capsys.readouterr().out.splitlines()
    assert "could not be kept" in line and "disk is full" in line and "COURSE_CACHE" in line
    assert not list((small_disk / "features").iterdir())


# -- no right to write -----------------------------------------------------------------------------


# Root may write everywhere; without these it is a user like any other.
_RIGHTS = "-dac_override,-dac_read_search"
WITHOUT_RIGHTS = ["setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}"]


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    work = tmp_path / "work"
    work.mkdir(mode=0o555)
    before = WITHOUT_RIGHTS if os.geteuid() == 0 else []
    run = subprocess.run(
        [*before, *COURSE, "start", work], capture_output=True, text=True, cwd=ROOT
    )
    assert_one_plain_message(run, str(work), "no permission", "Name another folder")
    assert not list(work.iterdir())


def test_a_disk_that_can_only_be_read_is_named(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert_one_plain_message(course("start", small_disk / "work"), "only be read", "another disk")


# -- Ctrl-C ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sign"),
    [
        (("doctor",), "a line"),
        (("class", "init", "DIR"), "a file"),
        (("demo", "--folder", "DIR"), "a process"),
        (("prove", "00", "--all", "--answers", "ANSWERS"), "a process"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_control_c_ends_in_one_line_and_leaves_nobody_running(tmp_path, arguments, sign):
    """Ctrl-C comes as soon as the command shows a sign of being at work."""
    answers = shutil.copytree(
        ROOT / "answers" / "00_start_here", tmp_path / "answers" / "00_start_here"
    ).parent
    places = {"DIR": tmp_path / "made", "ANSWERS": answers}
    command = [*COURSE, *(str(places.get(each, each)) for each in arguments)]
    run = start(*command, stderr=subprocess.PIPE, cwd=ROOT)
    if sign == "a line":
        run.stdout.readline()
    while not (
        sign == "a line"
        or (sign == "a file" and any(places["DIR"].rglob("*.*")))
        or (sign == "a process" and descendants(run.pid))
    ):
        assert run.poll() is None, "it ended before it showed a sign"
        time.sleep(0.02)
    below = descendants(run.pid)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert errors.strip().splitlines()[-1:] == ["course: interrupted."], errors
    assert "Traceback" not in errors
    until = time.monotonic() + 20
    while running := [pid for pid in below if is_alive(pid)]:
        assert time.monotonic() < until, [_command_line(pid) for pid in running]
        time.sleep(0.1)
    assert not list(tmp_path.rglob("*.part"))


def _command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


# -- a port that is taken --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_port_that_is_taken_is_no_obstacle(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(browser, "_free_port", lambda: port)
        command = [*browser.COURSE_LAB, tmp_path / "work"]
        with browser.jupyter_server(command, tmp_path / "private") as server:
            assert f":{port}/" not in server.url
            assert urllib.request.urlopen(server.address("api/status")).status == 200
        assert f"The port {port} is already in use, trying another port." in server.log.read_text()


# -- memory ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_kernel_that_is_killed_on_the_way_is_said_plainly(tmp_path):
    kill = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)  # as the system does"
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1 + 1"), v4.new_code_cell(kill)])
    with pytest.raises(CourseError, match="process has ended, most likely because memory ran out"):
        execute(notebook, tmp_path)
    assert nbformat.validate(notebook) is None


# -- what is said ----------------------------------------------------------------------------------


def test_only_what_a_person_can_mend_gets_advice():
    assert "memory has run out" in advice_on(MemoryError())
    assert advice_on(ValueError("a defect of ours")) == ""
    assert advice_on(FileNotFoundError(2, "No such file", "x")) == ""
    caused = RuntimeError("while writing")
    caused.__cause__ = OSError(28, "No space left on device", "/some/file")
    assert advice_on(caused).startswith("/some/file: the disk is full.")


def test_a_write_that_fails_names_its_file_and_keeps_what_was_there(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("old")

    def half(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError) as caught:
        write_atomically(path, half)
    assert caught.value.filename == str(path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
