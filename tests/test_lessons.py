"""Whole lessons, run and graded for real: a solved one earns all, an untouched one nothing."""

import pytest
from graded import assert_clean, points, points_of

from course_lib.authoring.execute import execute
from course_lib.demo import LESSON, SAMPLE_CLASS, sample_answers
from course_lib.grading.autograde import grade
from course_lib.grading.class_directory import init_class
from course_lib.grading.sample_class import write_submission

pytestmark = pytest.mark.slow


def test_solved_earns_full_marks_and_untouched_earns_zero(root, lesson_name, solution, tmp_path):
    """Also: the solved notebook runs without any error and leaves stderr empty."""
    if lesson_name == LESSON:
        pytest.skip("test_demo.py does exactly this with the demonstration's Ada and Cleo")
    directory = tmp_path / "class"
    init_class(directory, [root / "solutions" / f"{lesson_name}.ipynb"], repository_root=root)
    release = directory / "release" / lesson_name / f"{lesson_name}.ipynb"
    solved = [cell for cell in solution.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    answers = {c.metadata.nbgrader.grade_id: c.source for c in solved if c.cell_type == "code"}
    for student, theirs in {"solved": answers, "untouched": {}}.items():
        target = directory / "submitted" / student / lesson_name / f"{lesson_name}.ipynb"
        write_submission(release, theirs, target)
    marks = {mark.student: mark for mark in grade(directory, lesson_name)}
    worth = points(root, lesson_name)
    assert points_of(marks["solved"], worth) == worth
    assert points_of(marks["untouched"], worth) == dict.fromkeys(worth, 0)
    assert_clean(directory / "autograded" / "solved" / lesson_name / f"{lesson_name}.ipynb")


def test_a_student_notebook_runs_up_to_its_first_exercise(lesson, tmp_path):
    first = next(i for i, c in enumerate(lesson.cells) if c.metadata.get("nbgrader"))
    lesson.cells = lesson.cells[:first]
    execute(lesson, tmp_path)


def test_sample_class_of_the_demonstration(root):
    """Each sample student has an answer to every exercise, or to none."""
    exercises = set(points(root, LESSON))
    for student in SAMPLE_CLASS:
        assert set(sample_answers(root, student)) in (exercises, set()), student
