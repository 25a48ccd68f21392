"""What a cell is, and what learners get to see of it, as nbgrader has it."""

import copy
import json
import pickle

import nbformat
import pytest
from nbformat import v4
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from tiny import graded, tiny_lesson
from traitlets.config import Config

from course_lib.errors import CourseError
from course_tools.grading.marking import File, Submission, worker
from course_tools.grading.notebooks import (
    LessonSource,
    ReleaseRules,
    checks_id,
    lines_of,
    nbgrader_metadata,
    points_of,
    restore,
)
from course_tools.grading.sandbox import warm as sandbox

OWN_RULES = ReleaseRules(
    code_stub="# Hier kommt deine Antwort hin.\n...",
    text_stub="Hier kommt dein Text hin.",
    solution=("LOESUNG ANFANG", "LOESUNG ENDE"),
    hidden_tests=("GEHEIM ANFANG", "GEHEIM ENDE"),
)
OWN_CONFIG = Config(
    ClearSolutions={
        "code_stub": {"python": OWN_RULES.code_stub},
        "text_stub": OWN_RULES.text_stub,
        "begin_solution_delimeter": OWN_RULES.solution[0],
        "end_solution_delimeter": OWN_RULES.solution[1],
    },
    ClearHiddenTests={
        "begin_test_delimeter": OWN_RULES.hidden_tests[0],
        "end_test_delimeter": OWN_RULES.hidden_tests[1],
    },
)
TESTS = [
    "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(2)\n### END HIDDEN TESTS\nassert f(3)",
    "assert f(1)\n# BEGIN HIDDEN TESTS\nassert f(2)\n#END HIDDEN TESTS",
    "if x:\n    y = 1  # BEGIN HIDDEN TESTS of y\n    assert y\n    z = 1  # END HIDDEN TESTS\nz",
    "assert f(1)\n### GEHEIM ANFANG\nassert f(2)\n### GEHEIM ENDE",
    "### BEGIN HIDDEN TESTS\nassert f(1)\n### END HIDDEN TESTS\n"
    "assert f(2)\n### BEGIN HIDDEN TESTS\nassert f(3)\n### END HIDDEN TESTS",
]
ANSWERS = [
    ("code", "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\nf(1)"),
    ("code", "def f(x):\n    # LOESUNG ANFANG\n    return x\n    # LOESUNG ENDE"),
    ("code", "x = 3"),
    ("markdown", "Why?\n\n<!-- BEGIN SOLUTION -->\nBecause.\n<!-- END SOLUTION -->"),
    ("markdown", "Because."),
]


def released_by_nbgrader(cells, config):
    notebook = v4.new_notebook(cells=copy.deepcopy(cells))
    for step in (ClearSolutions, ClearHiddenTests, ClearMarkScheme):
        notebook, _ = step(config=config).preprocess(notebook, {})
    return [cell.source.rstrip() for cell in notebook.cells]


@pytest.mark.parametrize(
    ("rules", "config"), [(ReleaseRules(), Config()), (OWN_RULES, OWN_CONFIG)], ids=["plain", "own"]
)
def test_cells_are_released_as_nbgrader_releases_them(rules, config):
    cells = [graded("code", f"t{n}-checks", text, 1, checks=True) for n, text in enumerate(TESTS)]
    cells += [graded(kind, f"a{n}", text) for n, (kind, text) in enumerate(ANSWERS)]
    released = [rules.released_text(cell) for cell in cells]
    assert released == released_by_nbgrader(cells, config)


@pytest.mark.parametrize("text", TESTS)
@pytest.mark.parametrize("rules", [ReleaseRules(), OWN_RULES], ids=["plain", "own"])
def test_hidden_lines_are_those_that_learners_do_not_get(text, rules):
    test = graded("code", "f-checks", text, 1, checks=True)
    hidden = rules.hidden_lines(text)
    seen = [line for number, line in enumerate(lines_of(text), 1) if number not in hidden]
    assert "\n".join(seen) == rules.released_text(test)


@pytest.mark.parametrize("odd", ["'\u2028\x0b\x1c'", "'a'\r", "\x0c'a'"])
def test_lines_are_counted_as_python_counts_them(odd):
    source = f"text = {odd}\n### BEGIN HIDDEN TESTS\n1 / 0\n### END HIDDEN TESTS"
    with pytest.raises(ZeroDivisionError) as raised:
        exec(compile(source, "<tests>", "exec"), {})
    line = raised.traceback[-1].lineno + 1
    assert lines_of(source)[line - 1] == "1 / 0"
    assert line in ReleaseRules().hidden_lines(source)


@pytest.mark.parametrize("metadata", [{}, {"nbgrader": None}, {"nbgrader": []}, None])
def test_a_cell_without_readable_notes_is_an_ordinary_one(metadata):
    cell = {"cell_type": "code", "source": "", "metadata": metadata}
    assert dict(nbgrader_metadata(cell)) == {} and points_of(cell) == 0


# -- the source of a lesson ------------------------------------------------------------------------


def test_untouched_answers_are_untouched_by_the_rules_of_the_class():
    rules = ReleaseRules(code_stub="# Now you.\n...", text_stub="Write here.")
    stubs = {"code_stub": {"python": rules.code_stub}, "text_stub": rules.text_stub}
    released, _ = ClearSolutions(config=Config(ClearSolutions=stubs)).preprocess(tiny_lesson(), {})
    handed_in, text = nbformat.writes(released).encode(), nbformat.writes(tiny_lesson())
    assert restore(LessonSource(text, rules), handed_in).untouched == {"add", "twice", "why"}
    assert restore(LessonSource(text), handed_in).untouched == set()


def test_a_source_is_derived_once_in_each_process():
    source = LessonSource(nbformat.writes(tiny_lesson()))
    first, second = (pickle.loads(pickle.dumps(source)) for _ in range(2))
    assert first == source and first is second
    assert first.cells is second.cells and first.facts is second.facts
    assert set(first.facts) == {checks_id("add"), checks_id("twice")}
    again = pickle.loads(pickle.dumps(LessonSource(source.text, OWN_RULES)))
    assert again.rules == OWN_RULES


def test_the_digest_of_a_file_is_sent_along():
    file = File("a.ipynb", b"{}")
    assert file.sha256 and vars(pickle.loads(pickle.dumps(file)))["sha256"] == file.sha256


def test_a_source_that_is_no_notebook_is_told():
    with pytest.raises(CourseError, match="can't be read.*Release the lesson again"):
        _ = LessonSource("{").graded


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nimport tensorflow as tf", sandbox.DEFAULT_PRELOAD),
        ("%%time\nimport keras", sandbox.DEFAULT_PRELOAD),
        ("%matplotlib inline\nimport numpy as np\nimport os.path", worker._LIGHT_MODULES),
        ("%%bash\nimport keras", worker._LIGHT_MODULES),
    ],
)
def test_what_a_lesson_imports_beside_magic_commands_is_imported_beforehand(cell, expected):
    lesson = tiny_lesson(extra=[v4.new_code_cell(cell, id="set-up")])
    assert worker._preload(LessonSource(nbformat.writes(lesson))) == expected


def test_the_time_for_a_submission_does_not_depend_on_how_its_source_is_written():
    notebook = tiny_lesson()
    compact = json.dumps(notebook, separators=(",", ":"))
    limits = {
        worker._time_limit(Submission("01", "ada", LessonSource(text), File("a", b""), b"s"))
        for text in (nbformat.writes(notebook), compact)
    }
    assert limits == {3 * (900 + 120) + 120}
