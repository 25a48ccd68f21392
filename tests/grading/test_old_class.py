"""A class that was set up, collected and graded before records had a type works as before.

`old_class` is what the commands of that time left behind, the gradebook as SQL:

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
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from commands import course
from marked import open_gradebook
from tiny import LESSON, RIGHT, files_of, release_of, scores, solution_file
from traitlets.utils.importstring import import_item

from course_lib.errors import CourseError
from course_tools.commands.sample_class import write_submission
from course_tools.grading.classroom import (
    add_lesson,
    collect,
    init_class,
    lessons_of,
    load_config,
    read_notebook,
    read_receipts,
    read_record,
    write_ledger,
    write_receipts,
    write_record,
)
from course_tools.grading.results import class_status, export_csv, make_feedback
from course_tools.grading.run import grade

OLD = Path(__file__).parent / "old_class"
STUDENTS = ["ada", "ben", "cleo", "dan", "eve", "frida", "gina", "hal", "ida"]


@pytest.fixture
def old_class(tmp_path):
    directory = Path(shutil.copytree(OLD, tmp_path / "old" / "class"))
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


def parts_named_in(config):
    """Return the course's parts that a class's configuration puts in place of nbgrader's."""
    return [
        config.ExchangeFactory.collect,
        config.ExchangeFactory.release_feedback,
        config.Autograde.exporter_class,
        *config.Autograde.sanitize_preprocessors,
        *config.HTMLExporter.preprocessors,
        config.GenerateFeedback.exporter_class,
    ]


def test_its_configuration_names_what_a_new_one_does(old_class, class_directory):
    old, new = (load_config(each) for each in (old_class, class_directory))
    assert all(name.startswith("course_lib.grading.") for name in parts_named_in(old))
    named = [import_item(name) for name in parts_named_in(old)]
    assert named == [import_item(name) for name in parts_named_in(new)]
    assert old.Autograde.autograde_preprocessors == new.Autograde.autograde_preprocessors == []
    assert old.GenerateFeedback.preprocessors == new.GenerateFeedback.preprocessors == []
    assert old.Execute == new.Execute


def test_a_new_configuration_calls_one_function_and_what_follows_counts(class_directory):
    path = class_directory / "nbgrader_config.py"
    text = path.read_text(encoding="utf-8")
    assert text.count("course_tools") == 1 and "\nhooks.configure(c)\n" in text
    path.write_text(text + "\nc.Execute.timeout = 7\n", encoding="utf-8")
    assert load_config(class_directory).Execute.timeout == 7


def test_plain_nbgrader_grades_it_and_gives_feedback_by_its_old_configuration(old_class):
    path = old_class / "ledger" / LESSON / "ben.json"
    before = results(path)
    path.unlink()
    run_nbgrader(old_class, "autograde")
    assert results(path) == before
    run_nbgrader(old_class, "generate_feedback")
    page = old_class / "feedback" / "ben" / LESSON / f"{LESSON}.html"
    # The course's page has it, nbgrader's own has not.
    assert "Content-Security-Policy" in page.read_text(encoding="utf-8")


def run_nbgrader(directory, step):
    command = [sys.executable, "-m", "nbgrader", step, LESSON, "--student", "ben", "--force"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_handed_in_now_is_collected_and_graded_beside_the_old(old_class, tmp_path):
    handed_in = tmp_path / "handed_in"
    write_submission(release_of(old_class), RIGHT, handed_in / "jo" / f"{LESSON}.ipynb")
    assert collect(old_class, LESSON, handed_in).new == ["jo"]
    assert sorted(read_receipts(old_class, LESSON)) == [*STUDENTS, "jo"]
    [record] = grade(old_class, LESSON, students=["jo"])
    assert scores(record) == {"add": 2.0, "twice": 1.0, "why": None}
    export_csv(old_class, tmp_path / "marks.csv")
    lines = (tmp_path / "marks.csv").read_text(encoding="utf-8").splitlines()
    [of_jo] = [line for line in lines if line.startswith("jo,")]
    lines.remove(of_jo)
    assert lines == (OLD / "marks.csv").read_text(encoding="utf-8").splitlines()


# -- lessons that have another number by now ------------------------------------------------------


def test_a_class_is_not_given_its_exercises_again_under_another_number(old_class, tmp_path):
    before = files_of(old_class)
    renumbered = solution_file(tmp_path / "new", "02_tiny", read_source(old_class))
    later = solution_file(tmp_path / "new", "03_later", only(read_source(old_class), "title"))
    with pytest.raises(CourseError) as caught:
        init_class(old_class, [renumbered, later], repository_root=None)
    assert str(caught.value) == (
        "02_tiny was not added: since before the lessons were renumbered, the class has its "
        "exercises (add, twice, why) in 01_tiny, and it goes on with "
        f"that. To have 02_tiny beside it, run `course class add {old_class} solutions/02_tiny.py`."
    )
    assert lessons_of(old_class) == [LESSON, "03_later"]
    after = files_of(old_class)
    gradebook = old_class / "gradebook.db"
    assert {path for path in before if after[path] != before[path]} <= {gradebook}
    # What the sentence says can be done, and all works by the full names.
    add_lesson(old_class, read_source(old_class), "02_tiny")
    assert lessons_of(old_class) == [LESSON, "02_tiny", "03_later"]


def halves_of(directory, folder):
    """Return the class's lesson divided in two, as files."""
    whole = read_source(directory)
    return [
        solution_file(folder, LESSON, only(whole, "title", "add", "add-checks", "why")),
        solution_file(folder, "02_half", only(whole, "title", "twice", "twice-checks")),
    ]


def test_a_lesson_that_was_divided_stays_whole_where_it_was_handed_in(old_class, tmp_path):
    whole = read_source(old_class)
    with pytest.raises(CourseError) as caught:
        init_class(old_class, halves_of(old_class, tmp_path / "new"), repository_root=None)
    [kept, not_added] = str(caught.value).splitlines()
    assert kept.startswith(f"{LESSON} has submissions, and its exercises have changed (removed tw")
    assert not_added.startswith("02_half was not added") and "(twice)" in not_added
    assert lessons_of(old_class) == [LESSON] and read_source(old_class) == whole


def test_where_nobody_has_handed_it_in_both_halves_are_taken(class_directory, tmp_path):
    halves = halves_of(class_directory, tmp_path / "new")
    init_class(class_directory, halves, repository_root=None)
    assert lessons_of(class_directory) == [LESSON, "02_half"]
    assert "def twice" not in release_of(class_directory).read_text("utf-8")


def test_a_lesson_of_before_is_collected_graded_and_exported_beside_one_of_its_number_now(
    old_class, tmp_path
):
    new = only(read_source(old_class), "title")
    init_class(old_class, [solution_file(tmp_path, "01_new", new)], repository_root=None)
    with pytest.raises(CourseError, match="More than one lesson begins with '01'.*01_new, 01_tiny"):
        grade(old_class, "01")
    write_submission(release_of(old_class), RIGHT, tmp_path / "in" / "jo" / f"{LESSON}.ipynb")
    assert collect(old_class, LESSON, tmp_path / "in").new == ["jo"]
    [record] = grade(old_class, LESSON, students=["jo"])
    assert scores(record) == {"add": 2.0, "twice": 1.0, "why": None}
    assert [each.next_step for each in class_status(old_class)][0] == "Hand it out."
    export_csv(old_class, tmp_path / "marks.csv")
    marks = (tmp_path / "marks.csv").read_text(encoding="utf-8")
    assert [line for line in marks.splitlines() if line.startswith("jo,01_tiny,")]


def read_source(directory):
    return nbformat.read(directory / "source" / LESSON / f"{LESSON}.ipynb", as_version=4)


def only(notebook, *ids):
    """Return a copy of a notebook with some of its cells."""
    cells = [cell for cell in notebook.cells if cell.id in ids]
    return nbformat.from_dict(dict(notebook) | {"cells": cells})


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
