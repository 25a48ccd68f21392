"""In a notebook, too, checks accept right answers and refuse wrong ones with a message.

`test_proof.py` has every answer judged as a submission is. Here the same check cells run as they do
for a learner: on all right answers, and on a quarter of the wrong ones, another for every commit.
"""

import re

import keras
import pytest
from exercises import ANSWERS, lesson_source, run_checks, sample_answers
from sampling import is_drawn

from course_lib.checks import CheckFailed

# Checks that train for some seconds; the others take well under one.
TRAINING = {"braked_head"}


def cases(kind):
    return [
        pytest.param(
            case,
            id="/".join(case[2].with_suffix("").parts[-3:]),
            marks=[pytest.mark.slow] if case[1] in TRAINING else [],
        )
        for case in sample_answers(kind)
    ]


@pytest.mark.parametrize("case", cases("right"))
def test_right_answers_are_accepted(case):
    lesson, exercise, path = case
    keras.utils.set_random_seed(0)
    assert "✓" in run_checks(lesson, exercise, path.read_text(encoding="utf-8"))


def a_quarter(parameters):
    return [each for each in parameters if is_drawn(each.id, 4)]


@pytest.mark.parametrize("case", a_quarter(cases("wrong")))
def test_wrong_answers_are_refused_with_a_message_for_the_learner(case):
    lesson, exercise, path = case
    keras.utils.set_random_seed(0)
    with pytest.raises(CheckFailed) as caught:
        run_checks(lesson, exercise, path.read_text(encoding="utf-8"))
    message = str(caught.value)
    assert message.startswith("✗ ") and len(message.splitlines()) <= 6
    assert len(message.splitlines()[0]) > 30, "a symptom, not just a name"


def test_every_exercise_has_sample_answers(lesson_name):
    exercises = {c.exercise for c in lesson_source(lesson_name).cells if c.role == "solution"}
    for exercise in exercises:
        folder = ANSWERS / lesson_name / exercise
        assert len(list(folder.glob("right_*.py"))) >= 2, exercise
        assert len(list(folder.glob("wrong_*.py"))) >= 5, exercise
    assert {path.name for path in (ANSWERS / lesson_name).iterdir()} == exercises


@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_every_sample_answer_says_what_it_stands_for(kind):
    for _, _, path in sample_answers(kind):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(r"# (Believed: )?[A-Z].{10,}\.$", first), path
        assert first.startswith("# Believed: ") == (kind == "wrong"), path


def test_an_untouched_exercise_says_what_to_do(lesson_name):
    for cell in lesson_source(lesson_name).cells:
        if cell.role == "solution":
            header = re.search(r"^def .*:$", cell.source, re.MULTILINE).group()
            with pytest.raises(CheckFailed, match="not written yet"):
                run_checks(lesson_name, cell.exercise, f"{header}\n    raise NotImplementedError()")
