"""`course doctor` on a good machine and on ones with something wrong, in a process of its own."""

import os
import shutil
import subprocess

import pytest
from commands import COURSE

from course_lib import assets
from course_tools.commands import doctor

COMMAND = [*COURSE, "doctor"]


def run(**variables):
    return subprocess.run(
        COMMAND, capture_output=True, text=True, env=os.environ | variables, timeout=300
    )


def test_a_good_machine_is_ready():
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "This machine is ready." and done.stderr == ""
    names = ("Python", "packages", "weights and data", "cache", "disk", "memory", "TensorFlow")
    for name in names:
        assert any(line.startswith(f"✓ {name} ") for line in lines), name
    assert len(lines) <= 24, "one screen"


def test_each_fault_is_told_with_what_mends_it(tmp_path):
    (tmp_path / "file").write_text("no folder")
    done = run(COURSE_CACHE=str(tmp_path / "file" / "cache"), KERAS_BACKEND="nonsense")
    assert done.returncode == 1
    assert "✗ cache" in done.stdout and "export COURSE_CACHE=" in done.stdout
    assert "✗ TensorFlow" in done.stdout and "2 to put right" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_without_the_sandbox_a_learner_is_ready_all_the_same():
    done = run(PATH="/nonexistent")
    assert done.returncode == 0 and "– sandbox" in done.stdout
    assert "apt install bubblewrap" in done.stdout


def test_damaged_weights_are_found(tmp_path, monkeypatch):
    folder = tmp_path / "assets"
    shutil.copytree(assets.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "imagenet_classes.json").write_bytes(b"damaged")
    monkeypatch.setattr(assets, "FOLDER", folder)
    finding = doctor._assets()
    assert finding.state == doctor.WRONG
    assert "imagenet_classes.json can't be used: it is damaged" in finding.fact
    assert finding.remedy.startswith("Restore it with `git checkout")


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("keras>=3.10", ""),
        ("keras<3", "has to be <3"),
        ("surely-not-installed>=1", "surely-not-installed is missing"),
        ("surely-not-installed; extra == 'dev'", ""),
        ("surely-not-installed; python_version < '3'", ""),
    ],
)
def test_versions_are_compared_with_what_is_declared(requirement, problem):
    assert problem in doctor._requirement_problem(requirement)
    assert bool(problem) == bool(doctor._requirement_problem(requirement))
