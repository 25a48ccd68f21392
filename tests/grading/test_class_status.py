"""Where a class stands: counted from a real gradebook, ledger and exchange."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import course
from marked import give, open_gradebook
from tiny import LESSON, NO_TWICE, RIGHT, hand_in, submitted, tiny_lesson

from course_lib.errors import CourseError
from course_tools.grading.classroom import add_lesson, set_due_date
from course_tools.grading.results import LessonStatus, class_status, make_feedback
from course_tools.grading.run import grade

OTHER = "02_other"
UNTOUCHED = {"add": RIGHT["add"]}


@pytest.fixture(scope="module")
def two_lessons(fresh_class, tmp_path_factory):
    """Four hand in the first lesson, of whom fred's file is unreadable; nobody the second."""
    directory = Path(shutil.copytree(fresh_class, tmp_path_factory.mktemp("status") / "class"))
    add_lesson(directory, tiny_lesson(), OTHER)
    hand_in(directory, ada=RIGHT, ben=NO_TWICE, cleo=UNTOUCHED, fred=RIGHT)
    submitted(directory, "fred").write_bytes(b"{")
    grade(directory, LESSON)
    return directory


@pytest.fixture
def directory(two_lessons, tmp_path):
    return Path(shutil.copytree(two_lessons, tmp_path / "class"))


def first(directory):
    return class_status(directory)[0]


def test_a_class_is_counted_lesson_by_lesson(directory):
    assert class_status(directory) == [
        LessonStatus(
            LESSON,
            released=True,
            submitted=4,
            graded=4,
            need_person=3,
            waiting=(("written", 2), ("unreadable", 1)),
            short="01",
        ),
        LessonStatus(OTHER, released=True, short="02"),
    ]


def test_the_next_step_leads_from_handing_out_to_the_export(directory):
    said = [class_status(directory)[1].next_step]
    hand_in(directory, ada=NO_TWICE)
    said.append(first(directory).next_step)
    grade(directory, LESSON)
    said.append(first(directory).next_step)
    for student in ("ada", "ben"):
        give(directory, LESSON, student, "why", 3)
    for question in ("add-checks", "twice-checks", "why"):
        give(directory, LESSON, "fred", question, 0)
    said.append(first(directory).next_step)
    make_feedback(directory, LESSON)
    said.append(first(directory).next_step)
    assert said == [
        "Hand it out.",
        "course grade DIR 01",
        "Formgrader: 2 written, 1 unreadable",
        "course feedback DIR 01",
        "course export DIR",
    ]


def test_the_next_step_names_a_lesson_in_full_where_two_have_its_number(directory):
    add_lesson(directory, tiny_lesson(), "01_other")
    hand_in(directory, ada=NO_TWICE)
    [other, tiny] = class_status(directory)[:2]
    assert (other.short, tiny.next_step) == ("01_other", f"course grade DIR {LESSON}")


def test_the_next_step_of_the_exchange_and_of_a_lesson_that_is_not_released():
    status = LessonStatus(LESSON, released=True, in_exchange=True)
    assert status.next_step == "Wait for students."
    assert replace(status, to_collect=2, submitted=1).next_step == "Collect it."
    assert LessonStatus(LESSON, released=False).next_step == "Release it."


def test_what_is_undecided_and_what_wants_a_second_look_is_told_apart(directory):
    with open_gradebook(directory) as gradebook:
        grade_of_twice = gradebook.find_grade("twice-checks", LESSON, LESSON, "ada")
        grade_of_twice.auto_score, grade_of_twice.needs_manual_grade = None, True
        gradebook.find_grade("add-checks", LESSON, LESSON, "cleo").needs_manual_grade = True
        gradebook.db.commit()
    status = first(directory)
    assert status.need_person == 4
    assert dict(status.waiting) == {
        "undecided": 1,
        "written": 2,
        "second look": 1,
        "unreadable": 1,
    }


def test_a_new_version_of_a_submission_counts_as_not_graded(directory):
    hand_in(directory, ben=RIGHT)
    status = first(directory)
    assert (status.submitted, status.graded, status.next_step) == (4, 3, "course grade DIR 01")


def test_late_is_counted_and_so_is_what_nobody_knows(directory):
    set_due_date(directory, LESSON, datetime.now(UTC) - timedelta(days=1))
    status = first(directory)
    assert (status.late, status.lateness_unknown) == (0, 4)
    receipts = directory.parent / "receipts.csv"
    receipts.write_text(f"student,received\nada,{datetime.now(UTC).isoformat()}\n")
    done = course(
        "class", "collect", directory, LESSON, directory / "submitted", "--receipts", receipts
    )
    assert done.returncode == 0, done.stdout + done.stderr
    status = first(directory)
    assert (status.late, status.lateness_unknown) == (1, 3)


def test_the_command_prints_a_line_for_each_lesson(directory):
    printed = course("class", "status", directory).stdout
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    assert rows[LESSON][:6] == ["yes", "4", "4", "3", "Formgrader:", "2"]
    assert rows[OTHER] == ["yes", "0", "0", "0", "Hand", "it", "out."]


def test_a_folder_that_is_no_class_and_a_damaged_ledger_are_named(directory, tmp_path):
    with pytest.raises(CourseError, match="not a class directory"):
        class_status(tmp_path)
    done = course("class", "status", tmp_path)
    assert done.returncode == 1 and "not a class directory" in done.stderr
    (directory / "ledger" / LESSON / "ada.json").write_text("{")
    with pytest.raises(CourseError, match="damaged"):
        class_status(directory)
