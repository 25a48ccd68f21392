"""Scripts get exactly the code that a lesson shows."""

import pytest

from course_tools.authoring import lesson_code

SOURCE = '''\
# %% [markdown]
# # A lesson
#
# Its first paragraph.

# %%
import math

FACTOR = 2
print("a lesson's cell that must not run")
started = True

# %% solution="double"
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return [FACTOR * value for value in map(math.fabs, x)]
    ### END SOLUTION


# %% checks="double" points=1
def only_a_check():
    return None
'''


@pytest.fixture
def course(tmp_path, monkeypatch):
    for folder in ("solutions", "course_lib"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "solutions" / "01_first.py"


def test_definitions_are_what_the_cells_define_and_nothing_else_runs(course, capsys):
    course.write_text(SOURCE, encoding="utf-8")
    lesson = lesson_code.definitions("01_first")
    assert lesson.double([-3, 4]) == [6, 8]
    assert set(vars(lesson)) == {"__name__", "math", "FACTOR", "double"}
    assert capsys.readouterr().out == ""
