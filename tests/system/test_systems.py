"""What works on which system: the README's table, `course doctor` and the commands say the same."""

import json
import shutil

import pytest
from other_systems import ROOT, run_course_without_local, run_python

from course_lib.environment import SYSTEMS

pytestmark = pytest.mark.slow

# Run several commands in one process, because it takes seconds to start.
COMMANDS = """
import contextlib, io, json, sys, traceback
from course_tools.commands import main, terminal
def run(*arguments):
    sys.argv, out, err = ["course", *arguments], io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        terminal.console.width = 200
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        except BaseException:
            traceback.print_exc(file=err)
            code = "crashed"
    return [code or 0, out.getvalue(), err.getvalue()]
print(json.dumps([run(*arguments) for arguments in json.loads(sys.argv[1])]))
"""


def run_commands(system, *commands):
    """Return (exit status, standard output, standard error) of each command."""
    done = run_python(system, COMMANDS, json.dumps([list(map(str, each)) for each in commands]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def handed_in(tmp_path):
    folder = tmp_path / "handed in" / "ada"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / "00_start_here.ipynb", folder)
    return folder.parent


def test_the_readme_has_the_table():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for system in SYSTEMS.values():
        assert f"| {system.name} | {system.learning} | {system.teaching} |" in readme


def test_on_windows_all_modules_but_those_inside_the_sandbox_can_be_imported():
    code = """
import course_lib, course_tools
for package in (course_lib, course_tools):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith("course_tools.grading.inside."):
            importlib.import_module(module.name)
print("all")
"""
    done = run_python("win32", code)
    assert done.stdout.strip() == "all", done.stderr


def test_a_class_on_windows_stops_at_grading_with_one_message(tmp_path, handed_in):
    directory = tmp_path / "class"
    made, collected, graded, without, proved, marks = run_commands(
        "win32",
        ["class", "init", directory],
        ["class", "collect", directory, "00", handed_in],
        ["grade", directory, "00"],
        ["grade", directory, "00", "--sandbox", "none"],
        ["prove", "00", "--answers", tmp_path / "answers"],
        ["export", directory, "--output", tmp_path / "marks.csv"],
    )
    assert made[0] == collected[0] == marks[0] == 0
    assert "not graded" in marks[1] and (tmp_path / "marks.csv").is_file()
    for code, _, error in (graded, without):
        assert code == 1 and error.startswith("course: ") and "WSL" in error
        assert len(error.splitlines()) == 1
    assert proved[0] == 1 and "Traceback" not in proved[2] and proved[2].startswith("course: ")


def test_a_class_on_macos_is_graded_in_a_container_or_without_a_sandbox(tmp_path, handed_in):
    directory = tmp_path / "class"
    made, collected, graded = run_commands(
        "darwin",
        ["class", "init", directory],
        ["class", "collect", directory, "00", handed_in],
        ["grade", directory, "00"],
    )
    assert made[0] == collected[0] == 0
    code, _, error = graded
    assert code == 1 and error.startswith("course: The sandbox needs Linux.")
    assert "container" in error and "--sandbox none" in error and "Traceback" not in error


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_doctor_says_what_works_there_and_finds_a_learner_ready(system):
    [(code, shown, error)] = run_commands(system, ["doctor"])
    assert code == 0, shown + error
    facts = SYSTEMS[system]
    first = shown.splitlines()[0]
    assert facts.name in first and facts.learning in first and facts.teaching in first
    assert "– sandbox" in shown and "This machine is ready." in shown


@pytest.mark.parametrize("arguments", [["class", "init", "DIR"], ["grade", "DIR", "00"]])
def test_where_only_lessons_run_a_command_for_classes_says_what_is_missing(tmp_path, arguments):
    arguments = [tmp_path / "class" if each == "DIR" else each for each in arguments]
    on_colab = run_course_without_local(*arguments, on_colab=True)
    assert on_colab.returncode == 1 and SYSTEMS["colab"].teaching in on_colab.stderr
    elsewhere = run_course_without_local(*arguments, on_colab=False)
    assert elsewhere.returncode == 1 and "'.[local,solar]'" in elsewhere.stderr
    for done in (on_colab, elsewhere):
        assert done.stderr.startswith("course: ") and "Traceback" not in done.stderr


def test_by_hand_means_commands_for_windows_too():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    by_hand = readme.split("## Install by hand")[1].split("\n## ")[0]
    for command in (
        "py -m venv .venv",
        r'.venv\Scripts\pip install --constraint constraints.txt --editable ".[local,solar]"',
        r".venv\Scripts\course lab work",
    ):
        assert command in by_hand
