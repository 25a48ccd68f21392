"""The proof that the course's own checks grade, from the verdicts that are kept.

What has changed since it was proved is judged here, and of the rest a sample that is another one
every day. `course prove --all` judges everything.
"""

import datetime
import shutil
import zlib

import pytest
from exercises import ANSWERS, lesson_source

from course_lib.grading.proving import Case, proofs, prove

VERDICTS = ANSWERS.with_name("verdicts")
SAMPLED_OF = 40


def _today(case: Case) -> bool:
    """One case in `SAMPLED_OF`; all of them within as many days."""
    name = f"{case.submission.lesson} {case.submission.student}"
    return (zlib.crc32(name.encode()) + datetime.date.today().toordinal()) % SAMPLED_OF == 0


@pytest.mark.slow
def test_the_checks_are_proved(lesson_name, tmp_path):
    lesson = lesson_source(lesson_name)
    copied = shutil.copytree(VERDICTS, tmp_path / "verdicts")
    found = prove(lesson, ANSWERS, copied, again=_today)
    problems = [line for proof in found if not proof.holds for line in proof.problems()]
    assert not problems, "\n".join(problems)


def test_the_kept_verdicts_are_those_of_todays_exercises(lesson_name):
    """A stale one is judged by the slow test; here it says what to run before a commit."""
    assert len(proofs(lesson_source(lesson_name), ANSWERS, VERDICTS)) >= 1
