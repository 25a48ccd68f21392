"""Receipts, due dates and what being late costs, with a real gradebook."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from commands import course
from dated import DAY, HOUR, NOON, decided, receive, with_rule
from marked import open_gradebook
from tiny import LESSON, RIGHT, export_folder, export_zip, files_of, hand_in, submitted

from course_lib.errors import CourseError
from course_tools.grading.classroom import (
    Receipt,
    Settings,
    collect,
    lateness,
    load_settings,
    open_api,
    parse_time,
    penalty,
    read_receipt_list,
    read_receipts,
    received_time,
    set_due_date,
)
from course_tools.grading.results import read_marks
from course_tools.grading.run import grade

# -- times and receipts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00Z", NOON),
        ("2026-03-01T13:00+01:00", NOON),
        (" 2026-03-01 06:30:00.000-05:30 ", NOON),
        # The clocks go forward in Berlin on 29 March: the same wall time, an hour apart.
        ("2026-03-29T23:59+02:00", datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),
        ("2026-03-28T23:59+01:00", datetime(2026, 3, 28, 22, 59, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_means_one_moment_everywhere(text, moment):
    assert parse_time(text) == moment and parse_time(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00Z", "01/03/2026", "9" * 30])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(CourseError, match="is not a time"):
        parse_time(text)


def test_a_time_without_an_offset_is_refused_and_one_in_the_future_was_no_receipt():
    with pytest.raises(CourseError, match=r"has no time zone.*2026-03-01T12:00:00[+-]\d\d:\d\d"):
        parse_time("2026-03-01T12:00")
    with pytest.raises(CourseError, match="future"):
        received_time("2999-01-01T00:00Z")
    assert abs(received_time("now") - datetime.now(UTC)) < timedelta(minutes=1)


def test_collect_keeps_the_instructors_time_and_believes_nothing_in_the_export(
    plain_class, tmp_path
):
    files = {
        "ada/01_tiny.ipynb": b"1",
        "ada/timestamp.txt": b"2001-01-01 00:00:00 UTC",
        "liben_LATE_77_5_x.ipynb": b"2",
        "Cleo Li_88_assignsubmission_file_/x.ipynb": b"3",
    }
    folder = export_folder(tmp_path, files)
    os.utime(folder / "ada" / "01_tiny.ipynb", (1e9, 1e9))
    before = datetime.now(UTC)
    collect(plain_class, LESSON, folder)
    receipts = read_receipts(plain_class, LESSON)
    assert {student: each.lms_id for student, each in receipts.items()} == {
        "ada": None,
        "liben": "canvas:77",
        "Cleo Li": "moodle:88",
    }
    for each in receipts.values():
        assert each.received is None and before <= each.collected <= datetime.now(UTC)
    stamp = submitted(plain_class, "ada").with_name("timestamp.txt").read_text()
    assert stamp.startswith(f"{receipts['ada'].collected:%Y-%m-%d %H:%M:%S}")
    assert not list(folder.parent.glob("class/submitted/**/receipts"))


def test_a_given_time_counts_from_then_on_and_the_list_goes_before_it(plain_class, tmp_path):
    export = export_zip(tmp_path, {"ada.ipynb": b"1", "ben.ipynb": b"2"})
    collect(plain_class, LESSON, export)
    first = read_receipts(plain_class, LESSON)
    report = collect(plain_class, LESSON, export, received=NOON, received_by={"BEN": NOON - DAY})
    assert report.unchanged == ["ada", "ben"]
    receipts = read_receipts(plain_class, LESSON)
    assert (receipts["ada"].received, receipts["ben"].received) == (NOON, NOON - DAY)
    assert receipts["ada"].collected == first["ada"].collected
    collect(plain_class, LESSON, export)  # without a time: what is known stays
    assert read_receipts(plain_class, LESSON) == receipts


def test_a_resubmission_is_received_anew(plain_class, tmp_path):
    collect(plain_class, LESSON, export_zip(tmp_path, {"ada.ipynb": b"1"}), received=NOON)
    collect(plain_class, LESSON, export_zip(tmp_path, {"ada.ipynb": b"2"}))
    assert read_receipts(plain_class, LESSON)["ada"].received is None


def test_an_interrupted_collect_has_receipts_for_what_it_took(plain_class, tmp_path, monkeypatch):
    export = export_folder(tmp_path, {"ada/x.ipynb": b"1", "ben/x.ipynb": b"2"})
    rename = os.rename

    def stop_at_ben(source, target):
        if "ben" in str(target):
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "rename", stop_at_ben)
    with pytest.raises(KeyboardInterrupt):
        collect(plain_class, LESSON, export, received=NOON)
    assert list(read_receipts(plain_class, LESSON)) == ["ada"]


def test_a_damaged_receipts_file_stops_before_anything_is_taken(plain_class, tmp_path):
    path = plain_class / "receipts" / f"{LESSON}.json"
    path.parent.mkdir()
    good = {"schema": 1, "receipts": {"ada": {"sha256": "", "received": None, "lms_id": None}}}
    naive = json.dumps(good).replace('"sha256"', '"collected": "2026-01-01", "sha256"')
    for content in ("{", "[]", '{"schema": 2}', json.dumps(good), naive):
        path.write_text(content)
        with pytest.raises(CourseError, match="damaged|schema 2"):
            collect(plain_class, LESSON, export_zip(tmp_path, {"ada.ipynb": b"1"}))
    assert not (plain_class / "submitted").exists() and path.read_text() == content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,time\n", "columns student and received"),
        (b"student,received\nada,2026-03-01T12:00\n", "line 2.*time zone"),
        (b"student,received\n,2026-03-01T12:00Z\n", "line 2.*student is missing"),
        (b"student,received\na,2026-03-01T12:00Z\na,2026-03-02T12:00Z\n", "line 3.*different time"),
        (b"student,received\nada\n", "line 2.*is not a time"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "columns"),
    ],
)
def test_a_list_of_receipts_is_read_or_refused_as_a_whole(tmp_path, content, words):
    path = tmp_path / "receipts.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=words):
        read_receipt_list(path)
    with pytest.raises(CourseError, match="can't be read"):
        read_receipt_list(tmp_path)
    path.write_bytes('\ufeffreceived,student,x\r\n2026-03-01T12:00Z,"Zoë, A",1\r\n'.encode())
    assert read_receipt_list(path) == {"Zoë, A": NOON}


# -- the rule --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, 0), (0, 0), (600, 0), (601, 0.8), (86_400, 0.8), (86_401, 1.6), (5 * 86_400, 4),
        (99 * 86_400, 4),
    ],
)  # fmt: skip
def test_each_day_begun_costs_a_share_up_to_the_maximum(seconds, expected):
    rule = Settings(
        late_penalty_per_day=0.1, late_penalty_grace_minutes=10, late_penalty_maximum=0.5
    )
    assert penalty(rule, 8, seconds) == pytest.approx(expected)


def test_a_penalty_never_takes_more_than_there_is():
    assert penalty(Settings(late_penalty_per_day=1.0), 3, 10**9) == 3
    assert penalty(Settings(late_penalty_per_day=0.3), 0, 10**9) == 0
    assert penalty(Settings(late_penalty_per_day=0.3), -1, 10**9) == 0
    assert penalty(Settings(), 3, 10**9) == 0  # no rule, no penalty


@pytest.mark.parametrize(
    ("due", "receipt", "seconds", "unknown"),
    [
        (None, None, None, False),
        (None, Receipt("", NOON, NOON), None, False),
        (NOON, None, None, True),
        (NOON, Receipt("", NOON - HOUR), 0, False),  # collected in time
        (NOON, Receipt("", NOON + DAY), None, True),  # collected later: who knows
        (NOON, Receipt("", NOON + DAY, NOON - HOUR), 0, False),
        (NOON, Receipt("", NOON + DAY, NOON + HOUR), 3600, False),
        (NOON, Receipt("", NOON + DAY, NOON.astimezone(timezone(5 * HOUR))), 0, False),
    ],
)
def test_only_a_known_receipt_makes_a_submission_late(due, receipt, seconds, unknown):
    found = lateness(due, receipt)
    assert (found.seconds, found.is_unknown) == (seconds, unknown)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "late_penalty = 1",
            "no setting c.CourseGrading.late_penalty. There are: .*late_penalty_maximum",
        ),
        (
            "late_penalty_per_day = 10",
            "late_penalty_per_day has to be a number from 0 to 1, not 10",
        ),
        ("late_penalty_maximum = -0.1", "from 0 to 1"),
        ("late_penalty_grace_minutes = '5'", "number"),
        ("late_penalty_per_day = True", "number"),
        ("late_penalty_per_day = float('nan')", "number"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(plain_class, line, words):
    (plain_class / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseGrading.{line}\n")
    with pytest.raises(CourseError, match=words):
        load_settings(plain_class)


def test_lateness_comes_from_the_receipt_and_a_forged_timestamp_changes_nothing(class_directory):
    with_rule(class_directory)
    assert set_due_date(class_directory, "01", NOON) == LESSON
    hand_in(class_directory, ada=RIGHT, ben=RIGHT, cleo=RIGHT, dora=RIGHT)
    decided(class_directory, "ada", "ben", "cleo", "dora")
    receive(class_directory, "ada", NOON + timedelta(days=1, seconds=1))
    receive(class_directory, "ben", NOON)
    receive(class_directory, "cleo", None)
    for student, stamp in {
        "ada": "2001-01-01 00:00:00 UTC",
        "ben": "2099-01-01 00:00:00 UTC",
        "dora": "2001-01-01 00:00:00 UTC",
    }.items():
        submitted(class_directory, student).with_name("timestamp.txt").write_text(stamp)
    marks = {mark.student: mark for mark in read_marks(class_directory)}
    ada = marks["ada"]
    assert (ada.score, ada.penalty, ada.final_score) == (6, 3, 3)
    assert ada.lateness.seconds == 86_401
    for student in ("ben", "cleo", "dora"):
        assert (marks[student].penalty, marks[student].final_score) == (0, 6), student
    assert [s for s in marks if marks[s].lateness.is_unknown] == ["cleo", "dora"]


def test_a_receipt_of_another_file_says_nothing(class_directory):
    set_due_date(class_directory, LESSON, NOON)
    hand_in(class_directory, ada=RIGHT)
    receive(class_directory, "ada", NOON)
    assert read_marks(class_directory)[0].lateness.seconds == 0
    submitted(class_directory, "ada").write_bytes(b"another")
    assert read_marks(class_directory)[0].lateness.is_unknown


def test_an_extension_in_the_gradebook_counts(class_directory):
    with_rule(class_directory)
    set_due_date(class_directory, LESSON, NOON)
    hand_in(class_directory, ada=RIGHT)
    decided(class_directory, "ada")
    receive(class_directory, "ada", NOON + DAY)
    assert read_marks(class_directory)[0].penalty == 1.5
    with open_gradebook(class_directory) as gradebook:
        gradebook.grant_extension(LESSON, "ada", days=1)
    assert read_marks(class_directory)[0].penalty == 0


def test_a_due_date_can_be_set_changed_and_removed_from_the_command_line(class_directory, tmp_path):
    before = files_of(class_directory / "submitted")
    done = course("class", "due", class_directory, "01", "2026-12-01T23:59+01:00")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "01_tiny: due 2026-12-01 22:59:00 UTC.\n"
    with open_gradebook(class_directory) as gradebook:
        assert gradebook.find_assignment(LESSON).duedate == datetime(2026, 12, 1, 22, 59)
    done = course("class", "due", class_directory, "01", "2026-12-01T23:59")
    assert done.returncode == 1 and "has no time zone" in done.stderr
    assert course("class", "due", class_directory, "01", "none").returncode == 0
    with open_gradebook(class_directory) as gradebook:
        assert gradebook.find_assignment(LESSON).duedate is None
    assert files_of(class_directory / "submitted") == before


def test_collect_takes_times_from_the_command_line(class_directory, tmp_path):
    export = export_zip(tmp_path, {"ada.ipynb": b"1", "ben.ipynb": b"2"})
    times = tmp_path / "times.csv"
    times.write_text("student,received\nben,2026-03-01T12:00Z\n")
    done = course(
        "class",
        "collect",
        class_directory,
        "01",
        export,
        "--received",
        "2026-03-02T13:00+01:00",
        "--receipts",
        times,
    )
    assert (done.returncode, done.stderr) == (0, "")
    receipts = read_receipts(class_directory, LESSON)
    assert (receipts["ada"].received, receipts["ben"].received) == (NOON + DAY, NOON)
    assert Path(class_directory / "receipts" / f"{LESSON}.json").is_file()


@pytest.mark.parametrize("by", ["course", "nbgrader"])
def test_the_gradebook_holds_the_penalty_whichever_way_is_taken(class_directory, by):
    with_rule(class_directory)
    set_due_date(class_directory, LESSON, NOON)
    hand_in(class_directory, ada=RIGHT, ben=RIGHT)
    receive(class_directory, "ada", NOON + DAY + HOUR)
    forged = f"{NOON + DAY + HOUR:%Y-%m-%d %H:%M:%S.%f} UTC\n"
    submitted(class_directory, "ben").with_name("timestamp.txt").write_text(forged)
    if by == "course":
        grade(class_directory, LESSON)
    else:
        with open_api(class_directory) as api:
            for student in ("ada", "ben"):
                assert api.autograde(LESSON, student)["success"]
    with open_gradebook(class_directory) as gradebook:
        penalties = [
            gradebook.find_submission(LESSON, student).late_submission_penalty
            for student in ("ada", "ben")
        ]
    assert penalties == [3 * 0.5, 0]
