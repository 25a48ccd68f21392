"""From submitted files to ledger records, in a real sandbox, on a tiny lesson."""

import json
import shutil
from dataclasses import replace

import nbformat
import pytest
from nbformat import v4
from tiny import NO_TWICE, RIGHT, tiny_lesson

from course_lib.errors import CourseError
from course_tools.authoring import student_notebook
from course_tools.grading.classroom import read_ledger, read_record, write_ledger, write_record
from course_tools.grading.marking import File, Submission, mark
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.record import Status, Verdict
from course_tools.grading.sandbox import Sandbox

PRELOAD = ("numpy", "course_lib.checks", "course_tools.grading.inside.learner")


@pytest.fixture(scope="module")
def sandbox():
    kind = "bubblewrap" if shutil.which("bwrap") else "none"
    with Sandbox.start(kind, preload=PRELOAD) as sandbox:
        yield sandbox


def answered(answers):
    notebook = student_notebook(tiny_lesson())
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return notebook


def marked(sandbox, notebook, student="ada", **more):
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    source = LessonSource(nbformat.writes(tiny_lesson()))
    submitted = File("01_tiny.ipynb", content)
    return mark(Submission("01_tiny", student, source, submitted, b"secret", **more), sandbox)


def verdicts(marked_submission):
    return {each.id: (each.verdict, each.score) for each in marked_submission.record.questions}


def test_right_answers_earn_all_and_a_written_one_waits_for_a_person(sandbox):
    result = marked(sandbox, answered(RIGHT))
    assert verdicts(result) == {
        "add": ("graded", 2.0),
        "twice": ("graded", 1.0),
        "why": ("needs-human", None),
    }
    record = result.record
    assert (record.status, record.score, record.max_score) == (Status.NEEDS_HUMAN, 3.0, 6.0)
    assert record.flags == ()
    nbformat.validate(nbformat.reads(result.notebook, as_version=4))


def test_a_wrong_answer_costs_its_own_points_only(sandbox):
    assert verdicts(marked(sandbox, answered(NO_TWICE)))["add"] == ("graded", 2.0)
    assert verdicts(marked(sandbox, answered(NO_TWICE)))["twice"] == ("graded", 0.0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("import os\nos._exit(0)", "crashed"),
        ("while True:\n    pass", "timeout"),
        ("import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(0, signal.SIGKILL)", "crashed"),
    ],
)
def test_an_answer_that_breaks_its_process_costs_no_other_question(sandbox, answer, expected):
    result = marked(sandbox, answered(RIGHT | {"twice": answer}), cell_seconds=2)
    assert verdicts(result)["twice"] == (expected, None)
    assert verdicts(result)["add"] == ("graded", 2.0)


@pytest.mark.parametrize("content", [b"", b"no notebook", b'{"cells": 3}', b"<<<<<<< HEAD\n{}"])
def test_an_unreadable_file_gets_no_score_and_says_why(sandbox, content):
    result = marked(sandbox, content)
    assert result.record.status is Status.UNREADABLE and result.record.score is None
    assert {each.verdict for each in result.record.questions} == {Verdict.UNREADABLE}
    assert all(each.message for each in result.record.questions)
    assert "**Not graded.**" in result.notebook


def test_a_deleted_answer_is_missing_and_a_deleted_or_edited_test_changes_nothing(sandbox):
    notebook = answered(RIGHT)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in ("twice", "add-checks")
    ]
    assert verdicts(marked(sandbox, notebook)) == {
        "add": ("graded", 2.0),
        "twice": ("missing", None),
        "why": ("needs-human", None),
    }
    edited = answered(RIGHT | {"add": "def add(a, b): return 0", "add-checks": "pass"})
    for cell in edited.cells:
        cell.metadata["tags"] = ["skip-execution"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["points"] = 1000
    assert verdicts(marked(sandbox, edited))["add"] == ("graded", 0.0)


def test_cells_of_the_learners_own_count_when_an_answer_needs_them(sandbox):
    notebook = answered(RIGHT | {"twice": "def twice(a):\n    return helper(a)"})
    notebook.cells.insert(1, v4.new_code_cell("def helper(a):\n    return a * 2"))
    notebook.cells.insert(2, v4.new_code_cell("import os\nos._exit(1)"))
    assert verdicts(marked(sandbox, notebook))["twice"] == ("graded", 1.0)


def test_marking_again_gives_the_same_and_runs_only_what_changed(sandbox):
    first = marked(sandbox, answered(RIGHT))
    questions = first.record.questions
    forged = [replace(each, message="not run again") for each in questions]
    again = marked(sandbox, answered(NO_TWICE), known=tuple(forged))
    messages = {each.id: each.message for each in again.record.questions}
    assert messages["add"] == "not run again" and messages["twice"] != "not run again"
    repeated = marked(sandbox, answered(RIGHT))
    assert repeated.record.questions == questions


def test_the_ledger_keeps_records_whole(tmp_path, sandbox):
    records = {}
    for student in ("zoë", "ada"):
        result = marked(sandbox, answered(RIGHT), student)
        write_record(tmp_path, result.record, result.notebook)
        records[student] = result.record
    content = json.loads(write_ledger(tmp_path, "01_tiny").read_text(encoding="utf-8"))
    assert [each["student"] for each in content["submissions"]] == ["ada", "zoë"]
    assert read_ledger(tmp_path, "01_tiny") == [records["ada"], records["zoë"]]
    assert read_record(tmp_path, "01_tiny", "nobody") is None
    (tmp_path / "ledger" / "01_tiny" / "ada.json").write_text("{")
    with pytest.raises(CourseError, match="damaged.*grade 01_tiny again"):
        read_record(tmp_path, "01_tiny", "ada")
