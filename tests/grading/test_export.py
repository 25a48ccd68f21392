"""The files that Canvas, Moodle and people get, from a real gradebook and ledger."""

import csv
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from commands import course
from dated import DAY, NOON, decided, receive, with_rule
from marked import give, open_gradebook
from tiny import LESSON, RIGHT, hand_in, submitted, tiny_lesson

from course_lib.errors import CourseError
from course_tools.commands.sample_class import write_submission
from course_tools.grading.classroom import (
    Receipt,
    add_lesson,
    read_receipts,
    set_due_date,
    write_receipts,
)
from course_tools.grading.results import export_csv, export_marks, read_roster
from course_tools.grading.results.export import COLUMNS
from course_tools.grading.run import grade

OTHER = "02_other"
ODD_NAMES = ["=cmd|' -C calc'!A0", 'Müller, "Zoë"', "@sum", "李 娜"]
NUMBERS = {"=cmd|' -C calc'!A0": "11", 'Müller, "Zoë"': "22", "@sum": "33", "李 娜": "44"}


@pytest.fixture(scope="module")
def two_lessons(fresh_class, tmp_path_factory):
    """Two lessons; four students with odd names, all decided; eve waits, fred's is unreadable."""
    directory = Path(shutil.copytree(fresh_class, tmp_path_factory.mktemp("export") / "class"))
    add_lesson(directory, tiny_lesson(), OTHER)
    with_rule(directory)
    set_due_date(directory, LESSON, NOON)
    hand_in(directory, **{name: RIGHT for name in [*ODD_NAMES, "eve", "fred", "gina"]})
    submitted(directory, "fred").write_bytes(b"{")
    grade(directory, LESSON, students=["eve", "fred"])
    decided(directory, *ODD_NAMES)
    for name in [*ODD_NAMES, "eve", "fred"]:
        receive(directory, name, NOON - DAY)
    receive(directory, "@sum", NOON + timedelta(days=1, hours=1))
    release = directory / "release" / OTHER / f"{OTHER}.ipynb"
    write_submission(release, RIGHT, submitted(directory, "李 娜", OTHER))
    decided(directory, "李 娜", lesson=OTHER)
    give(directory, LESSON, "李 娜", "why", 1.25, "=good, <b>but</b> short\nand late")
    receipts = read_receipts(directory, LESSON)
    for name, number in NUMBERS.items():
        kept = receipts[name]
        receipts[name] = Receipt(kept.sha256, kept.collected, kept.received, f"canvas:{number}")
    write_receipts(directory, LESSON, receipts)
    return directory


@pytest.fixture
def directory(two_lessons, tmp_path):
    return Path(shutil.copytree(two_lessons, tmp_path / "class"))


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def table(path, key=0):
    header, *rows = read(path)
    return {row[key]: dict(zip(header, row, strict=True)) for row in rows}


# -- csv ----------------------------------------------------------------------------------------


def test_csv_shows_the_score_before_the_penalty_the_penalty_and_what_is_left(directory, tmp_path):
    assert export_csv(directory, tmp_path / "marks.csv") == 2 * 7
    header, *rows = read(tmp_path / "marks.csv")
    assert tuple(header) == COLUMNS
    rows = [dict(zip(header, row, strict=True)) for row in rows]
    first = {row["student"]: row for row in rows if row["lesson"] == LESSON}
    late = first["'@sum"]
    assert (late["score"], late["late_penalty"], late["final_score"]) == ("6", "3", "3")
    assert (late["late_seconds"], late["submitted_at"]) == ("90000", "2026-03-02T13:00:00Z")
    assert first['Müller, "Zoë"']["final_score"] == "6"
    assert (first["eve"]["score"], first["eve"]["final_score"]) == ("3", "")
    assert (first["fred"]["status"], first["fred"]["score"]) == ("unreadable", "")
    assert (first["gina"]["status"], first["gina"]["score"]) == ("not graded", "")
    other = {row["student"]: row["status"] for row in rows if row["lesson"] == OTHER}
    assert other["李 娜"] == "graded" and other["eve"] == "missing"


def test_undecided_marks_are_reported_in_every_format(directory, tmp_path):
    for format in ("csv", "canvas", "moodle"):
        report = export_marks(directory, tmp_path / format, format)
        assert report.undecided == [
            f"eve, {LESSON}: waits for a person (why)",
            f"fred, {LESSON}: unreadable",
            f"gina, {LESSON}: not graded",
        ]
        assert report.problems == []


def test_a_receipt_that_nobody_knows_is_reported_and_costs_nothing(directory, tmp_path):
    receive(directory, 'Müller, "Zoë"', None, collected=NOON + DAY)
    report = export_marks(directory, tmp_path / "marks.csv")
    [message] = [text for text in report.undecided if text.startswith("Müller")]
    assert "nobody said when it was received" in message and "--received" in message
    row = [row for row in read(tmp_path / "marks.csv") if row[0].startswith("Müller")][0]
    assert row[:7] == ['Müller, "Zoë"', LESSON, "graded", "6", "6", "0", "6"]


def test_a_persons_points_decide_an_unreadable_submission(directory, tmp_path):
    for question in ("add-checks", "twice-checks", "why"):
        give(directory, LESSON, "fred", question, 0.5)
    export_marks(directory, tmp_path / "marks.csv")
    [row] = [row for row in read(tmp_path / "marks.csv") if row[:2] == ["fred", LESSON]]
    assert row[2:4] == ["graded", "1.5"] and row[6] == "1.5"


# -- Canvas -------------------------------------------------------------------------------------


def test_canvas_without_a_roster(directory, tmp_path):
    report = export_marks(directory, tmp_path / "canvas.csv", "canvas")
    rows = read(tmp_path / "canvas.csv")
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON, OTHER]
    assert rows[1] == ["    Points Possible", "", "", "", "", "6", "6"]
    assert {row[0]: row[1:] for row in rows[2:]} == {
        "'=cmd|' -C calc'!A0": ["11", "", "'=cmd|' -C calc'!A0", "", "6", ""],
        'Müller, "Zoë"': ["22", "", 'Müller, "Zoë"', "", "6", ""],
        "'@sum": ["33", "", "'@sum", "", "3", ""],
        "李 娜": ["44", "", "李 娜", "", "4.25", "6"],
    }
    assert report.rows == 4


CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,{first},Essay (9),Current Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,{points},5,(read only)\r\n"
    '"=""=cmd|\' -C calc\'!A0""",11,s1,l1,A,1,,50\r\n'
    '"Müller, ""Zoë""",22,s2,l2,"A, B",,,50\r\n'
    "Sum,33,s3,l3,A,,,50\r\n"
    '"Eve, Adam",55,s5,eve,A,2.5,,50\r\n'
    "李 娜,44,s4,l4,A,,,50\r\n"
    "Student Test,99,,,A,,,\r\n"
)


def canvas_roster(tmp_path, first="01 Tiny (1234)", points="6.00"):
    path = tmp_path / "roster.csv"
    path.write_bytes(CANVAS.format(first=first, points=points).encode())
    return path


def test_canvas_keeps_the_rosters_ids_columns_and_scores(directory, tmp_path):
    output = tmp_path / "out.csv"
    report = export_marks(directory, output, "canvas", canvas_roster(tmp_path))
    rows = read(output)
    assert rows[0] == [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "01 Tiny (1234)",
        OTHER,
    ]
    assert rows[1] == ["    Points Possible", "", "", "", "", "6.00", "6"]
    people = table(output, key=1)
    assert people["22"] == {
        "Student": 'Müller, "Zoë"',
        "ID": "22",
        "SIS User ID": "s2",
        "SIS Login ID": "l2",
        "Section": "A, B",
        "01 Tiny (1234)": "6",
        OTHER: "",
    }
    assert people["11"]["Student"].startswith("'=") and people["11"]["01 Tiny (1234)"] == "6"
    assert people["44"][OTHER] == "6" and people["33"]["01 Tiny (1234)"] == "3"
    # Undecided here: what Canvas holds stays, an empty cell would clear it.
    assert people["55"]["01 Tiny (1234)"] == "2.5" and "99" not in people
    assert sorted(report.problems) == [
        f"fred is not in {tmp_path}/roster.csv, or not clearly; left out.",
        f"gina is not in {tmp_path}/roster.csv, or not clearly; left out.",
        f"no assignment is called {OTHER} in {tmp_path}/roster.csv; Canvas would make a new one.",
    ]


def test_canvas_with_other_points_or_twice_the_assignment_is_reported(directory, tmp_path):
    roster = canvas_roster(tmp_path, points="10.00")
    report = export_marks(directory, tmp_path / "out.csv", "canvas", roster)
    assert f"{LESSON} has 6 points here and 10.00 in Canvas, which stay." in report.problems
    assert read(tmp_path / "out.csv")[1][5] == "10.00"
    roster = canvas_roster(tmp_path, first="01 tiny (1),01-TINY (2)", points="6,6")
    report = export_marks(directory, tmp_path / "out.csv", "canvas", roster)
    assert any("more than one assignment is called 01_tiny" in text for text in report.problems)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_roster_may_be_separated_otherwise(tmp_path, separator):
    path = tmp_path / "roster.csv"
    path.write_text(f"Student{separator}ID{separator}Section\nLi, Ada{separator}7{separator}A\n")
    assert read_roster(path).find("liada")["ID"] == "7"


@pytest.mark.parametrize(
    "name", ["Ada Li", "liada", "Li, Ada", "ADA  LI", "s7", "ada.li@example.org", "ada.li", "7"]
)
def test_a_student_is_found_by_any_name_the_lms_has_for_them(tmp_path, name):
    path = tmp_path / "roster.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"Li, Ada",7,s7,ada.li@example.org,A\n"Li, Bob",8,s8,bob,A\n'
    )
    assert read_roster(path).find(name)["ID"] == "7"


def test_a_name_that_two_share_is_nobodys_unless_the_number_tells(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text('Student,ID,Section\n"Kim, Jo",1,A\n"Kim, Jo",2,A\n')
    roster = read_roster(path)
    assert roster.find("kimjo") is None and roster.find("nobody") is None
    assert roster.find("kimjo", ["moodle:9", "canvas:2"])["ID"] == "2"


def test_two_students_who_are_one_person_are_reported(directory, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Student,ID,SIS User ID,SIS Login ID,Section\neve,55,gina,fred,A\n")
    for student, questions in {
        "eve": ["why"],
        "fred": ["add-checks", "twice-checks", "why"],
    }.items():
        for question in questions:
            give(directory, LESSON, student, question, 1)
    report = export_marks(directory, tmp_path / "out.csv", "canvas", path)
    assert f"fred and eve are the same person in {path}; fred is left out." in report.problems
    assert len(read(tmp_path / "out.csv")) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column that identifies people"),
        (b"a,b\n1,2\n", "no column that identifies people.*'a,b'"),
        (b"Student,ID,ID\nx,1,2\n", "'ID' twice"),
        (b"Student,ID\nM\xfcller,1\n", "not UTF-8"),
    ],
)
def test_a_roster_that_is_none_is_refused_and_nothing_is_written(
    directory, tmp_path, content, words
):
    path, output = tmp_path / "roster.csv", tmp_path / "out.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=words):
        export_marks(directory, output, "canvas", path)
    with pytest.raises(CourseError, match="can't be read"):
        export_marks(directory, output, "canvas", tmp_path / "missing.csv")
    assert not output.exists()


# -- Moodle -------------------------------------------------------------------------------------


def test_moodle_without_a_roster(directory, tmp_path):
    with open_gradebook(directory) as gradebook:
        gradebook.update_or_create_student("李 娜", email="na@example.org")
    report = export_marks(directory, tmp_path / "moodle.csv", "moodle")
    people = table(tmp_path / "moodle.csv", key=1)
    assert set(people) == {"'=cmd|' -C calc'!A0", 'Müller, "Zoë"', "'@sum", "李 娜"}
    assert report.rows == 4
    assert people["李 娜"] == {
        "Identifier": "",
        "ID number": "李 娜",
        "Email address": "na@example.org",
        LESSON: "4.25",
        f"{LESSON} (feedback)": "add: 2 / 2\ntwice: 1 / 1\nwhy: 1.25 / 3\n"
        "why: =good, &lt;b&gt;but&lt;/b&gt; short\nand late",
        OTHER: "6",
        f"{OTHER} (feedback)": "add: 2 / 2\ntwice: 1 / 1\nwhy: 3 / 3",
    }
    assert people["'@sum"][LESSON] == "3" and "late: -3" in people["'@sum"][f"{LESSON} (feedback)"]


def test_moodle_keeps_who_is_who_from_the_roster(directory, tmp_path):
    path = tmp_path / "participants.csv"
    path.write_text(
        "First name,Last name,ID number,Email address,Department\n"
        "娜,李,n44,na@example.org,x\n-Sum,,n33,@sum,x\nEve,Adam,n55,eve@example.org,x\n"
    )
    report = export_marks(directory, tmp_path / "out.csv", "moodle", path)
    rows = read(tmp_path / "out.csv")
    assert rows[0][:4] == ["First name", "Last name", "ID number", "Email address"]
    assert [row[:5] for row in rows[1:]] == [
        ["'-Sum", "", "n33", "'@sum", "3"],
        ["娜", "李", "n44", "na@example.org", "4.25"],
    ]
    assert len(report.problems) == 4  # eve is found, and waits


def test_moodle_knows_its_own_number(directory, tmp_path):
    receipts = read_receipts(directory, LESSON)
    kept = receipts["@sum"]
    number = Receipt(kept.sha256, kept.collected, kept.received, "moodle:8675")
    write_receipts(directory, LESSON, receipts | {"@sum": number})
    export_marks(directory, tmp_path / "out.csv", "moodle")
    assert table(tmp_path / "out.csv", key=1)["'@sum"]["Identifier"] == "Participant 8675"
    path = tmp_path / "worksheet.csv"
    path.write_text("Identifier,Full name\nParticipant 8675,Somebody\n")
    export_marks(directory, tmp_path / "out.csv", "moodle", path)
    assert table(tmp_path / "out.csv")["Participant 8675"][LESSON] == "3"


# -- all -----------------------------------------------------------------------------------------


def test_export_refuses_clearly(directory, tmp_path):
    with pytest.raises(CourseError, match="no export format 'xls'. There are: csv, canvas, moodle"):
        export_marks(directory, tmp_path / "x", "xls")
    with pytest.raises(CourseError, match="roster is for"):
        export_marks(directory, tmp_path / "x", "csv", tmp_path / "roster.csv")
    path = directory / "ledger" / LESSON / "eve.json"
    path.write_text("{")
    with pytest.raises(CourseError, match="damaged"):
        export_marks(directory, tmp_path / "x", "canvas")
    assert not (tmp_path / "x").exists()


def test_the_command_says_what_is_undecided(directory, tmp_path):
    output = tmp_path / "canvas.csv"
    done = course("export", directory, "--format", "canvas", "--output", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert "canvas.csv: 4 rows." in done.stdout and "NOT DECIDED: eve" in done.stdout
    done = course(
        "export",
        directory,
        "--format",
        "canvas",
        "--output",
        output,
        "--roster",
        canvas_roster(tmp_path),
    )
    assert done.returncode == 1 and "PROBLEM: fred is not in" in done.stdout
    assert output.is_file()
