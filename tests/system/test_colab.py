"""A self-learner on Colab: one notebook file, its first cell, and nothing of this checkout.

The environment has the packages of this one, so that no gigabyte is installed for every run of the
tests; `make test-versions` does the same with the versions that Colab has, and with all lessons.
"""

import random
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import nbformat
import pytest
from colab import (
    ROOT,
    Failed,
    checkout_in,
    graded,
    notebook_on_colab,
    python_like_colab,
    repository_of_checkout,
    session,
)

from course_tools.grading.classroom import init_class

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return repository_of_checkout(tmp_path_factory.mktemp("repository") / "course")


@pytest.fixture
def python(tmp_path):
    return python_like_colab(tmp_path / "environment", Path(nbformat.__file__).parents[1])


@pytest.fixture
def variables(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    # Setuptools is taken from the environment, so that a test needs no network.
    return {"HOME": str(home), "PIP_NO_BUILD_ISOLATION": "0"}


def test_a_lesson_runs_to_its_end_and_again_in_any_order(repository, python, variables, tmp_path):
    notebook = notebook_on_colab("06_metrics", repository, solved=True)
    with session(python, notebook, tmp_path / "content", **variables) as colab:
        for position in colab.code:
            assert_right(colab, position)
        assert installed_in(python)
        assert_right_in_any_order(colab)


def assert_right_in_any_order(colab):
    for position in random.Random(7).sample(colab.code, len(colab.code)):
        assert_right(colab, position)


def assert_right(colab, position):
    """Run a cell: it succeeds, and a check cell says that the answer is right."""
    output = colab.run(position)
    assert not isinstance(output, Failed), output
    if position in colab.checks:
        assert output.startswith("✓"), output


def installed_in(python):
    """The course came from its repository, not from this checkout."""
    return list(python.parents[1].glob("lib/python*/site-packages/course_lib/assets/*.npz"))


def test_an_answer_that_is_typed_in_passes_its_check(repository, python, variables, tmp_path):
    notebook = notebook_on_colab("00_start_here", repository, solved=False)
    answers = ROOT / "answers" / "00_start_here" / "dense_parameters"
    with session(python, notebook, tmp_path / "content", **variables) as colab:
        answer, check = map(colab.position, ("dense_parameters", "dense_parameters-checks"))
        for position in colab.code:
            output = colab.run(position)
            if position == check:
                assert isinstance(output, Failed) and "not written yet" in output
                assert "Traceback" not in output
            else:
                assert not isinstance(output, Failed), output
        notebook.cells[answer].source = (answers / "wrong_no_bias.py").read_text(encoding="utf-8")
        colab.run(answer)
        assert "Likely cause" in colab.run(check)
        notebook.cells[answer].source = (answers / "right_loop.py").read_text(encoding="utf-8")
        colab.run(answer)
        assert colab.run(check).startswith("✓")
        assert_right_in_any_order(colab)


def test_without_a_network_the_first_cell_says_what_failed(python, variables, tmp_path):
    notebook = notebook_on_colab("00_start_here", "file:///nowhere/course", solved=False)
    with session(python, notebook, tmp_path / "content", **variables) as colab:
        output = colab.run(colab.code[0])
        assert isinstance(output, Failed) and "No module named 'course_lib'" in output
        shown = notebook.cells[colab.code[0]].outputs
        assert "git clone" in "".join(each.get("text", "") for each in shown), shown


def test_a_class_hands_out_no_link_to_the_answers(tmp_path):
    solved = tmp_path / "00_start_here.ipynb"
    nbformat.write(
        notebook_on_colab(solved.stem, "https://example.org/someone/course", solved=True), solved
    )
    init_class(tmp_path / "class", [solved], repository_root=None)
    released = (tmp_path / "class" / "release" / solved.stem / solved.name).read_text("utf-8")
    assert "/blob/main/" not in released and "%pip install" in released


@pytest.mark.parametrize("solved", [True, False])
def test_solution_and_lesson_are_one_click_away(lesson_name, solved):
    notebook = notebook_on_colab(lesson_name, "https://example.org/someone/course", solved=solved)
    badge = notebook.cells[1].source
    for folder in ("lessons", "solutions"):
        assert f"/github/someone/course/blob/main/{folder}/{lesson_name}.ipynb)" in badge


def test_every_check_is_a_form_with_a_title():
    """By these, Colab folds a cell's code: what shows is the title, and the button beside it."""
    notebooks = sorted(ROOT.glob("lessons/**/*.ipynb"))
    checks = [
        cell
        for path in notebooks
        for cell in nbformat.read(path, as_version=4).cells
        if graded(cell)
    ]
    assert len(checks) > 3 * len(notebooks)
    for cell in checks:
        assert cell.metadata.cellView == "form", cell.id
        assert re.match(r"(%%.*\n)?# @title ▶ \w", cell.source), cell.id


def test_a_source_distribution_holds_all_that_is_read_at_run_time(tmp_path):
    checkout = checkout_in(tmp_path / "course")
    build = "from setuptools.build_meta import build_sdist; build_sdist('.')"
    subprocess.run([sys.executable, "-c", build], cwd=checkout, check=True, capture_output=True)
    [archive] = checkout.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        held = {name.partition("/")[2] for name in file.getnames()}
    wanted = {
        path.relative_to(checkout).as_posix()
        for package in ("course_lib", "course_tools")
        for path in (checkout / package).rglob("*")
        if is_kept(path)
    }
    assert wanted <= held, wanted - held


def is_kept(path):
    """A catalogue is read as it was compiled; what the translator writes stays in the checkout."""
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".po"
