"""Whole lessons, run and marked for real: a solved one earns all, an untouched one nothing."""

import shutil

import nbformat
import pytest
from checkout import LESSONS
from graded import points, read
from sampling import is_drawn
from whole_lessons import assert_true_to_its_words, is_kept

from benchmarks import claims
from course_tools.authoring import execute
from course_tools.commands.sample_class import LESSON, SAMPLE_CLASS, sample_answers
from course_tools.grading.marking import File, Submission, mark
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.sandbox import Sandbox

pytestmark = pytest.mark.slow
SAMPLED_OF = 3


@pytest.fixture(scope="module")
def sandbox():
    kind = "bubblewrap" if shutil.which("bwrap") else "none"
    with Sandbox.start(kind) as sandbox:
        yield sandbox


@pytest.mark.numbers
@pytest.mark.parametrize("name", [name for name in LESSONS if name != LESSON])  # see test_demo.py
def test_a_solved_lesson_runs_without_error_and_does_what_its_prose_says(root, name, tmp_path):
    """Run now if it or what it depends on has changed since a run was kept, or if it is drawn."""
    if is_kept(name) and not is_drawn(name, SAMPLED_OF):
        return
    notebook = claims.with_claims(read(root / "solutions" / f"{name}.ipynb"), name)
    assert_true_to_its_words(execute(notebook, tmp_path), name)


def test_solved_earns_full_marks_and_untouched_earns_zero(
    root, lesson_name, solution, lesson, sandbox
):
    worth = points(root, lesson_name)
    source = LessonSource(nbformat.writes(solution))
    for notebook, expected in ((solution, worth), (lesson, dict.fromkeys(worth, 0))):
        submitted = File("a.ipynb", nbformat.writes(notebook).encode())
        record = mark(Submission(lesson_name, "ada", source, submitted, b"s"), sandbox).record
        questions = [each for each in record.questions if each.id in worth]
        assert {each.id: each.score for each in questions} == expected, questions


def test_a_student_notebook_is_the_solved_one_up_to_its_first_exercise(solution, lesson):
    """So it runs there: the same cells, which were run above."""
    first = next(i for i, c in enumerate(lesson.cells) if c.metadata.get("nbgrader"))
    assert first > 1
    for solved, released in zip(solution.cells[:first], lesson.cells[:first], strict=True):
        assert (solved.cell_type, solved.source) == (released.cell_type, released.source)


def test_sample_class_of_the_demonstration(root):
    """Each sample student has an answer to every exercise, or to none."""
    exercises = set(points(root, LESSON))
    for student in SAMPLE_CLASS:
        assert set(sample_answers(root, student)) in (exercises, set()), student
