"""`make demo`'s command, whole: a real lesson, a real class, real marks."""

import csv

import pytest
from commands import course
from graded import assert_clean, points

from course_lib.demo import LESSON

pytestmark = pytest.mark.slow


def test_demo_runs_the_lesson_and_grades_the_sample_class(root, tmp_path):
    done = course("demo", "--folder", tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(list((tmp_path / "figures").glob("*.png"))) >= 8
    assert "95% interval" in done.stdout and "What to type next" in done.stdout
    assert_clean(tmp_path / f"{LESSON}.ipynb")
    assert_clean(tmp_path / "class" / "autograded" / "Ada" / LESSON / f"{LESSON}.ipynb")
    with open(tmp_path / "marks.csv", newline="") as file:
        scores = {row["student"]: float(row["score"]) for row in csv.DictReader(file)}
    worth = points(root, LESSON)
    right_of_ben = sum(list(worth.values())[::2])
    total = sum(worth.values())
    assert scores == {"Ada": total, "Ben": right_of_ben, "Cleo": 0, "Dan": 0}
