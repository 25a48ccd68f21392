"""A class that was set up, collected and graded before records had a type goes on as it is.

`tests/old_class` is what the commands of that time left behind, the gradebook as SQL:

| student        | what came of the submission                                                |
|----------------|----------------------------------------------------------------------------|
| ada            | all right, in time, and 2.5 of 3 points by a person for the written answer  |
| ben            | `twice` is wrong, late, and a person gave half a point for it all the same  |
| cleo           | handed in what was released                                                |
| dan, eve, frida| `twice` crashed, timed out, was tampered with                              |
| gina           | the written answer is missing                                              |
| hal            | the file is no notebook                                                    |
| ida            | all right, downloaded from Canvas                                          |
"""

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from commands import course
from marked import open_gradebook

from course_tools.grading.classroom.ledger import (
    read_notebook,
    read_record,
    write_ledger,
    write_record,
)
from course_tools.grading.classroom.receipts import read_receipts, write_receipts
from course_tools.grading.results.export import export_csv
from course_tools.grading.results.feedback import make_feedback
from course_tools.grading.results.status import class_status
from course_tools.grading.run import grade

OLD = Path(__file__).parent / "old_class"
LESSON = "01_tiny"
STUDENTS = ["ada", "ben", "cleo", "dan", "eve", "frida", "gina", "hal", "ida"]


@pytest.fixture
def old_class(tmp_path):
    directory = Path(shutil.copytree(OLD, tmp_path / "class"))
    with sqlite3.connect(directory / "gradebook.db") as database:
        database.executescript((directory / "gradebook.sql").read_text(encoding="utf-8"))
    return directory


def test_its_marks_are_what_they_were(old_class, tmp_path):
    export_csv(old_class, tmp_path / "marks.csv")
    assert (tmp_path / "marks.csv").read_bytes() == (OLD / "marks.csv").read_bytes()


def test_its_records_are_read_and_written_without_a_change(old_class):
    for student in STUDENTS:
        path = old_class / "ledger" / LESSON / f"{student}.json"
        record = read_record(old_class, LESSON, student)
        path.unlink()
        write_record(old_class, record, read_notebook(old_class, LESSON, student))
        assert path.read_bytes() == (OLD / "ledger" / LESSON / path.name).read_bytes()
    gathered = write_ledger(old_class, LESSON)
    assert gathered.read_bytes() == (OLD / "ledger" / f"{LESSON}.json").read_bytes()


def test_its_receipts_are_read_and_written_without_a_change(old_class):
    path = old_class / "receipts" / f"{LESSON}.json"
    receipts = read_receipts(old_class, LESSON)
    assert sorted(receipts) == STUDENTS
    path.unlink()
    write_receipts(old_class, LESSON, receipts)
    assert path.read_bytes() == (OLD / "receipts" / path.name).read_bytes()


def test_its_feedback_and_its_status_can_be_had(old_class):
    report = make_feedback(old_class, LESSON)
    assert (report.written, report.problems) == (STUDENTS, [])
    page = old_class / "feedback" / "eve" / LESSON / f"{LESSON}.html"
    assert "took too long; a person decides" in page.read_text(encoding="utf-8")
    [status] = class_status(old_class)
    assert (status.graded, status.need_person, status.late) == (9, 7, 1)
    assert dict(status.waiting) == {"written": 6, "undecided": 3, "unreadable": 1}


def test_grading_it_again_gives_the_same_and_keeps_what_a_person_gave(old_class):
    students = ["ada", "ben", "cleo", "gina", "hal"]
    paths = [old_class / "ledger" / LESSON / f"{student}.json" for student in students]
    before = [results(path) for path in paths]
    for path in paths:  # as after a change of the versions: every question is run again
        text = re.sub('"key": "[0-9a-f]{64}"', f'"key": "{"0" * 64}"', path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")
    grade(old_class, LESSON, students=students)
    assert [results(path) for path in paths] == before
    assert not any("0" * 64 in path.read_text("utf-8") for path in paths)
    with open_gradebook(old_class) as gradebook:
        assert gradebook.find_grade("why", LESSON, LESSON, "ada").manual_score == 2.5
        assert gradebook.find_grade("twice-checks", LESSON, LESSON, "ben").manual_score == 0.5


def results(path):
    """Return what a record says, without what may differ between two runs."""
    record = json.loads(path.read_text(encoding="utf-8"))
    questions = [
        {name: value for name, value in each.items() if name != "key"}
        for each in record["questions"]
    ]
    names = ("schema", "lesson", "student", "status", "score", "max_score", "flags")
    return [record[name] for name in names], questions


def test_a_damaged_record_stops_grading_before_any_record_is_written(old_class):
    path = old_class / "ledger" / LESSON / "dan.json"
    path.write_text(path.read_text("utf-8").replace('"crashed"', '"crushed"'), encoding="utf-8")
    before = {path: path.read_bytes() for path in (old_class / "ledger").rglob("*.*")}
    done = course("grade", old_class, LESSON)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"{path} is damaged (questions[1].verdict: " in done.stderr
    assert "Remove it and grade 01_tiny again." in done.stderr
    assert {path: path.read_bytes() for path in (old_class / "ledger").rglob("*.*")} == before
    path.unlink()
    done = course("grade", old_class, LESSON)
    assert done.returncode == 0 and json.loads(path.read_text("utf-8"))["score"] == 2.0


def test_a_record_from_before_records_had_a_key_is_graded_again(old_class):
    path = old_class / "ledger" / LESSON / "ada.json"
    before = results(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["key"]
    path.write_text(json.dumps(content), encoding="utf-8")
    grade(old_class, LESSON, students=["ada"])
    assert results(path) == before and "key" in json.loads(path.read_text(encoding="utf-8"))
