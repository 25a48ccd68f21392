"""Judgement tasks: the source says the answer in words, the notebooks hold its seals."""

import pytest

from course_lib import checks
from course_tools.authoring import SourceError, instructor_notebook, read_lesson, student_notebook
from course_tools.proving.mutants import mutants

LESSON = '''\
# %% [markdown]
# # 90 · Tiny

# %% solution="judge"
def judge():
    """Return claim -> verdict."""
    ### BEGIN SOLUTION
    return {"A": "shown", "B": "open"}
    ### END SOLUTION

# %% checks="judge" points=1
from course_lib import checks

with checks.exercise("Übung 1"):
    checks.judged(
        judge(), checks.seal(
            {"A": "shown", "B": "open"}, salt="tiny", choices=("shown", "open"),
            causes=[({"B": "shown"}, "„zero“ is inside.")],
        ), "judge()",
    )
'''


def read(tmp_path, text):
    (tmp_path / "90_tiny.py").write_text(text, encoding="utf-8")
    return read_lesson(tmp_path / "90_tiny.py")


@pytest.mark.parametrize("notebook_of", [lambda n: n, student_notebook])
def test_a_notebook_holds_seals_in_place_of_the_answer_and_judges_as_the_source_does(
    tmp_path, notebook_of
):
    lesson = read(tmp_path, LESSON)
    tests = notebook_of(instructor_notebook(lesson)).cells[-1].source
    assert "checks.seal(" not in tests and '"open"}' not in tests and "'B':" not in tests
    for source in (tests, lesson.cells[-1].source):
        exec(source, {"judge": lambda: {"A": "shown", "B": "open"}})
        with pytest.raises(checks.CheckFailed, match="„zero“ is inside"):
            exec(source, {"judge": lambda: {"A": "shown", "B": "shown"}})


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('return {"A": "shown"', 'return {"A": "open"', "make them agree"),
        ('({"B": "shown"}', '({"B": "open"}', "no part of a wrong answer"),
        ('salt="tiny"', "salt=name", "have to be literals"),
        ('            {"A": "shown", "B": "open"}', "            judge()", "have to be literals"),
    ],
)
def test_an_answer_and_its_seal_that_disagree_stop_the_build(tmp_path, before, after, words):
    assert before in LESSON
    with pytest.raises(SourceError, match=rf"90_tiny.py:\d+: .*{words}"):
        read(tmp_path, LESSON.replace(before, after))


def test_a_judgement_has_mutants_and_other_text_has_none():
    found = {mutant.source for mutant in mutants('def f():\n    return {"A": "x", "B": "y"}')}
    for text in ("{'A': 'y', 'B': 'y'}", "{'A': 'x', 'B': 'x'}", "{'A': 'x'}", "{'B': 'y'}"):
        assert any(text in source for source in found), (text, found)
    assert len(found) == 5  # and one without `return`
    found = {mutant.source for mutant in mutants('def f():\n    return ["a", "b"]')}
    assert any("['b', 'a']" in source for source in found) and len(found) == 4
    assert len(mutants('def f():\n    return "text"')) == 1
