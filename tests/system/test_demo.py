"""`make demo`'s command, whole: a real lesson, a real class, real marks."""

import csv
import shutil

import nbformat
import pytest
from commands import course
from graded import assert_clean, points, read
from whole_lessons import assert_true_to_its_words

from benchmarks import claims
from course_tools.commands.sample_class import LESSON

pytestmark = [pytest.mark.slow, pytest.mark.numbers]


@pytest.fixture
def checkout(root, tmp_path):
    """The course, with a last cell in the demonstration's lesson that measures its claims.

    So the lesson that takes longest runs once in all tests.
    """
    checkout = tmp_path / "checkout"
    shutil.copytree(root / "solutions", checkout / "solutions")
    for name in ("pyproject.toml", "course_lib", "course_tools", "answers"):
        (checkout / name).symlink_to(root / name)
    path = checkout / "solutions" / f"{LESSON}.ipynb"
    nbformat.write(claims.with_claims(read(path), LESSON), path)
    return checkout


def test_demo_runs_the_lesson_and_grades_the_sample_class(root, checkout, tmp_path):
    folder = tmp_path / "demo"
    done = course("demo", "--folder", folder, cwd=checkout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(list((folder / "figures").glob("*.png"))) >= 8
    assert "95% interval" in done.stdout and "What to type next" in done.stdout
    assert_true_to_its_words(read(folder / f"{LESSON}.ipynb"), LESSON)
    assert_clean(read(folder / "class" / "autograded" / "Ada" / LESSON / f"{LESSON}.ipynb"))
    with open(folder / "marks.csv", newline="") as file:
        scores = {row["student"]: float(row["score"]) for row in csv.DictReader(file)}
    worth = points(root, LESSON)
    right_of_ben = sum(list(worth.values())[::2])
    total = sum(worth.values())
    assert scores == {"Ada": total, "Ben": right_of_ben, "Cleo": 0, "Dan": 0}
