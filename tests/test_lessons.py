"""Whole lessons, run and marked for real: a solved one earns all, an untouched one nothing."""

import shutil

import nbformat
import pytest
from graded import assert_clean, points

from course_lib.authoring.execute import execute
from course_lib.demo import LESSON, SAMPLE_CLASS, sample_answers
from course_lib.grading.marking import Submission, mark
from course_lib.grading.sandbox import Sandbox

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandbox():
    kind = "bubblewrap" if shutil.which("bwrap") else "none"
    with Sandbox(kind) as sandbox:
        yield sandbox


def test_a_solved_lesson_runs_without_error_and_leaves_stderr_empty(
    lesson_name, solution, tmp_path
):
    if lesson_name == LESSON:
        pytest.skip("test_demo.py runs this lesson, and looks at its outputs")
    nbformat.write(execute(solution, tmp_path), tmp_path / "executed.ipynb")
    assert_clean(tmp_path / "executed.ipynb")


def test_solved_earns_full_marks_and_untouched_earns_zero(
    root, lesson_name, solution, lesson, sandbox
):
    worth = points(root, lesson_name)
    source = nbformat.writes(solution)
    for notebook, expected in ((solution, worth), (lesson, dict.fromkeys(worth, 0))):
        content = nbformat.writes(notebook).encode()
        record = mark(Submission(lesson_name, "ada", source, content, b"s"), sandbox).record
        questions = [each for each in record["questions"] if each["id"] in worth]
        assert {each["id"]: each["score"] for each in questions} == expected, questions


def test_a_student_notebook_runs_up_to_its_first_exercise(lesson, tmp_path):
    first = next(i for i, c in enumerate(lesson.cells) if c.metadata.get("nbgrader"))
    lesson.cells = lesson.cells[:first]
    execute(lesson, tmp_path)


def test_sample_class_of_the_demonstration(root):
    """Each sample student has an answer to every exercise, or to none."""
    exercises = set(points(root, LESSON))
    for student in SAMPLE_CLASS:
        assert set(sample_answers(root, student)) in (exercises, set()), student
