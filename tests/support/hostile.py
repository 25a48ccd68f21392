"""Small lessons, hostile submissions of them, and the marks that these get."""

import nbformat
import pytest
from nbformat import v4
from tiny import graded

from course_lib.errors import CourseError
from course_tools.authoring import student_notebook
from course_tools.grading.judging import judging as judge_module
from course_tools.grading.marking import File, Submission, mark
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.record import Verdict
from course_tools.grading.sandbox import Limits, Sandbox
from course_tools.grading.sandbox import warm as sandbox
from course_tools.grading.stored import as_json, plain_data

LIMITS = Limits(memory_bytes=400 * 2**20, processes=40, disk_bytes=60 * 2**20)
SECRET = b"the class's secret"
# Stands in a hidden test only; attacks write it in two parts.
MARKER = "marker_" + "of_the_hidden_test"

SETUP = "import numpy as np\nimport os.path"
SPREAD_CHECKS = f"""\
from course_lib import checks

with checks.exercise("Exercise 1"):
    checks.close(spread([3, 1, 2]), 2, "spread([3, 1, 2])")
    ### BEGIN HIDDEN TESTS
    random = checks.fresh_random()
    for {MARKER} in range(3):
        values = random.normal(size=9)
        wanted = values.max() - values.min()
        checks.close(spread(values), wanted, "spread of fresh numbers")
    ### END HIDDEN TESTS
"""
# `np` comes from the lesson's own cell, as in many a course.
TWICE_CHECKS = """\
assert twice(2) == 4
np.testing.assert_allclose(twice(np.arange(3.0)), [0, 2, 4])
### BEGIN HIDDEN TESTS
inputs = [-3, 7, 11]
for given, got in zip(inputs, map(twice, inputs)):
    assert got == 2 * given
### END HIDDEN TESTS
"""
RIGHT = {
    "spread": "def spread(values):\n    return max(values) - min(values)\n",
    "twice": "def twice(a):\n    return 2 * a\n",
}


def solved(answer):
    return f"### BEGIN SOLUTION\n{answer}### END SOLUTION"


def small_lesson(spread_checks=SPREAD_CHECKS, twice_checks=TWICE_CHECKS, answers=RIGHT):
    """Two functions, worth 2 points and 1 point."""
    first, second = answers
    return lesson_of(
        v4.new_code_cell(SETUP, id="setup"),
        graded("code", first, solved(answers[first])),
        graded("code", f"{first}-checks", spread_checks, 2, checks=True),
        graded("code", second, solved(answers[second])),
        graded("code", f"{second}-checks", twice_checks, 1, checks=True),
    )


def lesson_of(*cells):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def handed_in(lesson, answers):
    notebook = student_notebook(lesson)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return notebook


def record_of(sandbox, notebook, lesson=None, limits=LIMITS, student="eve", **more):
    """Mark a notebook; whatever it held, its record and its notebook can be written."""
    source = LessonSource(nbformat.writes(lesson or small_lesson()))
    submitted = File("01_small.ipynb", nbformat.writes(notebook).encode())
    submission = Submission("01_small", student, source, submitted, SECRET, **more)
    marked = mark(submission, sandbox, limits)
    as_json(plain_data(marked.record)).encode()
    nbformat.validate(nbformat.reads(marked.notebook.encode().decode(), as_version=4))
    for question in marked.record.questions:
        decided = question.verdict is Verdict.GRADED
        assert (question.score is not None) == decided
        assert len(question.message) <= judge_module.MAX_MESSAGE
        assert question.message or question.score
        assert not set(question.message) & set("\x1b\x00\r\x07\ud800\u202e")
        assert MARKER not in question.message
    return marked.record


def marks(record):
    return {each.id: (each.verdict, each.score) for each in record.questions}


def open_sandbox(preload):
    try:
        sandbox.require("bubblewrap")
    except CourseError as error:
        pytest.skip(f"bubblewrap does not work here: {error}")
    return Sandbox.start("bubblewrap", preload=preload)


# -- messages written straight to the judge -----------------------------------------------------

FORGE = """\
import gc, json, os, struct, time
learner = next(o for o in gc.get_objects() if type(o).__name__ == "Learner")
def send(reply, blob=b""):
    text = json.dumps(reply).encode()
    data = struct.pack("!IQ", len(text), len(blob)) + text + blob
    while data:
        data = data[os.write(3, data):]
def reply(blob=b"", **parts):
    send({"token": learner._token} | parts, blob)
"""


RESULT = {"changed": {"$": "dict", "v": []}, "same_as": None, "result": 2}


def plain_dict(content):
    return {"$": "dict", "v": [[key, value] for key, value in content.items()]}
