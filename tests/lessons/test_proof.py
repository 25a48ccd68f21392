"""The proof that the course's own checks grade, from the verdicts that are kept.

What has changed since it was proved is judged here, and of the rest a sample that is another one
for every commit. `course prove --all` judges everything; on imitated machines
(`make test-processors`) all right answers are judged here, without those under other seeds.
"""

import os
import shutil

import pytest
from exercises import ANSWERS, lesson_source
from sampling import is_drawn

from benchmarks import machines
from course_tools.authoring import hints_of
from course_tools.proving import Case, proofs, prove
from course_tools.proving.message_rules import telling_hints

VERDICTS = ANSWERS / "verdicts"
SAMPLED_OF = 40


def _again(case: Case) -> bool:
    every_right_one = os.environ.get(machines.VARIABLE) and case.kind == "right"
    name = f"{case.submission.lesson} {case.submission.student}"
    return every_right_one or is_drawn(name, SAMPLED_OF)


@pytest.mark.slow
@pytest.mark.numbers
def test_the_checks_are_proved(lesson_name, tmp_path):
    lesson = lesson_source(lesson_name)
    copied = shutil.copytree(VERDICTS, tmp_path / "verdicts")
    found = prove(lesson, ANSWERS, copied, rejudge=_again)
    problems = [line for proof in found if not proof.holds for line in proof.problems()]
    assert not problems, "\n".join(problems)


def test_every_exercise_has_hints_that_keep_the_answer(lesson_name):
    cells = lesson_source(lesson_name).cells
    hints = {cell.exercise: hints_of(cell) for cell in cells if cell.role == "hints"}
    solutions = {cell.exercise: cell.source for cell in cells if cell.role == "solution"}
    assert set(hints) == set(solutions)
    told = {name: telling_hints(hints[name], solutions[name]) for name in solutions}
    assert not any(told.values()), told


def test_the_kept_verdicts_are_those_of_todays_exercises(lesson_name):
    """A stale one is judged by the slow test; here it says what to run before a commit."""
    assert len(proofs(lesson_source(lesson_name), ANSWERS, VERDICTS)) >= 1
