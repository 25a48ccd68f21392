"""The packages as a whole: what is shipped, what imports what, what the commands promise."""

import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from checkout import ROOT
from commands import course
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course_lib
from course_lib import LESSON_MODULES
from course_tools.authoring import course_modules, read_lesson
from course_tools.commands import cli
from course_tools.grading.notebooks import course_files

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirements():
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    groups = [project["dependencies"], *extras, *PYPROJECT["dependency-groups"].values()]
    return [Requirement(text) for group in groups for text in group]


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def repository_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so what belongs to the repository is not known")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("module", ["course_lib", "course_tools.commands", "course_lib.checks"])
def test_import_needs_neither_tensorflow_nor_keras_nor_nbgrader(module):
    heavy = "{'tensorflow', 'keras', 'nbgrader', 'sklearn'}"
    done = run_python(f"import sys, {module}; print({heavy} & set(sys.modules))")
    assert done.stdout.strip() == "set()", done.stdout + done.stderr


def test_submodules_are_imported_on_first_use():
    done = run_python("import course_lib; print(course_lib.evaluation.Interval(0.5, 1))")
    assert done.stdout.strip() == "[0.500, 1.000]", done.stderr
    assert "no attribute 'nothing'" in run_python("import course_lib; course_lib.nothing").stderr


def test_the_package_for_lessons_holds_what_lessons_import_and_nothing_else():
    listed = {f"course_lib.{name}" for name in LESSON_MODULES}
    with_what_they_import = set(course_files(f"import {name}" for name in listed))
    there = {each.name for each in pkgutil.walk_packages(course_lib.__path__, "course_lib.")}
    names_of_older_classes = {"course_lib.grading"}
    assert there == with_what_they_import | names_of_older_classes


def test_arrows_point_down_and_nobody_reaches_past_a_door():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[done.stdout.find("Broken contracts") :] + done.stderr


def test_types_agree():
    done = subprocess.run([sys.executable, "-m", "mypy"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_test_imports_another_test_file():
    for path in (ROOT / "tests").rglob("test_*.py"):
        found = re.findall(
            r"^\s*(?:from|import) (test_\w+|conftest)", path.read_text(), re.MULTILINE
        )
        assert not found, f"{path.name}: what it shares with {found} belongs into tests/support"


def test_no_module_of_the_grader_is_too_long_to_be_read_at_once():
    for path in (ROOT / "course_tools" / "grading").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_lessons_import_listed_modules_only(lesson_name):
    lesson = read_lesson(ROOT / "solutions" / f"{lesson_name}.py")
    assert course_modules(lesson) <= set(LESSON_MODULES)


def test_the_judge_imports_nothing_of_the_learners_side():
    """Neither the modules of the sandbox's inside nor, with them, a shell; Keras has its own."""
    done = run_python("import sys, course_tools.grading.judging; print(*sys.modules)")
    imported = done.stdout.split()
    assert "course_tools.grading.wire.protocol" in imported, done.stderr
    theirs = ("IPython", "course_tools.grading.inside", "tensorflow", "keras")
    assert not [name for name in imported if name.startswith(theirs)]


def test_conda_environment_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, packages = environment["dependencies"]
    assert python == f"python {PYPROJECT['project']['requires-python']}"
    constraint, editable = packages["pip"]
    assert (ROOT / constraint.removeprefix("--constraint ")).is_file()
    extras = re.fullmatch(r"--editable \.\[(.+)\]", editable).group(1).split(",")
    assert set(extras) <= set(PYPROJECT["project"]["optional-dependencies"])


def test_every_dependency_is_pinned_within_its_bounds():
    for requirement in requirements():
        pins = [pin for pin in constraints() if pin.name == requirement.name]
        assert pins, f"{requirement} isn't pinned: make constraints"
        for pin in pins:
            [exact] = pin.specifier
            assert exact.operator == "==" and requirement.specifier.contains(exact.version), pin


@pytest.mark.parametrize(
    ("system", "has", "lacks"),
    [
        ({"sys_platform": "linux", "os_name": "posix"}, "pexpect", "colorama"),
        ({"sys_platform": "darwin", "os_name": "posix"}, "appnope", "pywinpty"),
        ({"sys_platform": "win32", "os_name": "nt"}, "pywinpty", "ptyprocess"),
    ],
)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_each_system_and_python_has_one_version_of_what_it_needs(system, has, lacks, python):
    machine = system | {"python_version": python, "python_full_version": f"{python}.9"}
    pins = [pin.name for pin in constraints() if not pin.marker or pin.marker.evaluate(machine)]
    assert len(pins) == len(set(pins))
    assert has in pins and lacks not in pins
    assert {requirement.name for requirement in requirements()} <= set(pins)
    assert ("overrides" in pins) == (python == "3.11")


def test_where_a_package_of_the_extra_local_is_missing_the_command_says_how_to_get_it():
    modules = defaultdict(set)
    for module, names in packages_distributions().items():
        for name in names:
            modules[canonicalize_name(name)].add(module)
    for text in PYPROJECT["project"]["optional-dependencies"]["local"]:
        assert modules[canonicalize_name(Requirement(text).name)] & cli._LOCAL_MODULES, text


def test_lower_bounds_leave_room_for_colab():
    bounds = {r.name: str(r.specifier) for r in requirements()}
    assert bounds["tensorflow"] == ">=2.19" and bounds["keras"] == ">=3.10"


def test_no_file_names_a_package_registry():
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("deb", "debian", "org"),
            ("conda", "anaconda", "org"),
        )
    ]
    for path in repository_files():
        content = path.read_bytes().lower()
        assert not [host for host in hosts if host.encode() in content], path


def test_the_repository_stays_small():
    sizes = {path: path.stat().st_size for path in repository_files()}
    assert sum(sizes.values()) < 60e6
    assert max(sizes.values()) < 10e6


@pytest.fixture
def installed_copy(tmp_path):
    """A checkout that looks installed, so that make can be asked what it would do."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


@pytest.mark.parametrize("target", ["demo", "test", "lab", "bench", "build", "site"])
def test_a_second_run_does_not_install_again(installed_copy, target):
    def plan():
        done = subprocess.run(
            ["make", "-n", target], cwd=installed_copy, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert "pip install" not in plan()
    os.utime(installed_copy / "pyproject.toml", (2**32, 2**32))
    assert "pip install" in plan()


def test_an_old_python_is_told_at_once(installed_copy):
    (installed_copy / ".venv" / ".installed").unlink()
    fake = installed_copy / "python"
    fake.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9); $2"\n'
    )
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "test", f"PYTHON={fake}"], cwd=installed_copy, capture_output=True, text=True
    )
    assert done.returncode and "Python 3.11, 3.12 or 3.13 is needed, this is 3.9" in done.stderr


def test_commands_that_the_documents_name_exist():
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    for words in set(re.findall(r"\.venv/bin/course ((?:class )?[a-z]+)", text)):
        done = course(*words.split(), "--help")
        assert done.returncode == 0, done.stderr
    for target in set(re.findall(r"make ([a-z-]+)", text)):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


def test_a_mistake_at_the_command_line_is_one_plain_message(tmp_path):
    done = course("build", "99")
    assert done.returncode == 1
    assert (
        done.stderr.startswith("course: There is no lesson 99.") and "Traceback" not in done.stderr
    )
    done = course("grade", tmp_path, "05")
    assert done.returncode == 1 and done.stderr.startswith("course: ")
    assert course("export", tmp_path, "--output", tmp_path / "x", "--format", "xls").returncode == 1


def test_start_copies_lessons_and_never_overwrites(tmp_path):
    assert course("start", tmp_path / "work").returncode == 0
    mine = tmp_path / "work" / "00_start_here.ipynb"
    assert mine.read_bytes() == (ROOT / "lessons" / "00_start_here.ipynb").read_bytes()
    mine.write_text("my answers")
    assert "0 new lessons" in course("start", tmp_path / "work").stdout
    assert mine.read_text() == "my answers"
