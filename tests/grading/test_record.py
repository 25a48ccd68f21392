"""Records, and the files that keep them: what is damaged is named, and stays as it is."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from checkout import ROOT

from course_lib.errors import CourseError
from course_tools.grading.classroom import ledger, read_receipts, read_record, write_record
from course_tools.grading.record import QuestionRecord, Status, Verdict
from course_tools.proving.proof_files import read_verdicts, write_verdicts

OLD = Path(__file__).parent / "old_class"
KEPT = ROOT / "answers" / "verdicts"
LESSON = "01_tiny"
REMOVE = "Remove it and grade 01_tiny again."


@pytest.fixture
def directory(tmp_path):
    for folder in ("ledger", "receipts"):
        shutil.copytree(OLD / folder, tmp_path / folder)
    return tmp_path


def record_file(directory, student="dan"):
    return directory / "ledger" / LESSON / f"{student}.json"


def change(path, *where, value=None):
    """Set what stands somewhere in a JSON file; remove it where no value is given."""
    content = json.loads(path.read_text(encoding="utf-8"))
    place = content
    for name in where[:-1]:
        place = place[name]
    if value is None:
        del place[where[-1]]
    else:
        place[where[-1]] = value
    path.write_text(json.dumps(content), encoding="utf-8")


# -- records -------------------------------------------------------------------------------------


def test_the_ledger_documents_every_word_that_it_can_hold():
    for word in (*Verdict, *Status):
        assert f"`{word}`" in ledger.__doc__


@pytest.mark.parametrize(
    ("verdict", "score"), [(Verdict.CRASHED, 0.0), (Verdict.GRADED, None), ("graded", 1.0)]
)
def test_a_question_has_a_score_exactly_if_it_is_graded(verdict, score):
    with pytest.raises(ValueError, match=f"{verdict}.*{score}"):
        QuestionRecord(id="a", verdict=verdict, score=score, max_score=1, message="", key=None)


DAMAGED_RECORDS = {  # where, what stands there instead, and what is said to be wrong
    "a score in words": (("questions", 0, "score"), "two", "questions[0].score: Expected"),
    "true for a score": (("questions", 0, "score"), True, "questions[0].score: Expected"),
    "an unknown verdict": (("questions", 1, "verdict"), "crushed", "questions[1].verdict: Invalid"),
    "points for a crash": (("questions", 1, "score"), 1.0, "questions[1]: the verdict is crashed"),
    "no maximum": (("questions", 2, "max_score"), None, "questions[2]: Object missing"),
    "an unknown status": (("status",), "missing", "status: Invalid"),
    "no student": (("student",), None, "Object missing required field `student`"),
    "flags as text": (("flags",), "odd", "flags: Expected"),
    "no questions": (("questions",), None, "Object missing required field `questions`"),
    "no schema": (("schema",), None, "Object missing required field `schema`"),
    "a schema in words": (("schema",), "1", "schema: Expected"),
}


@pytest.mark.parametrize(
    ("where", "value", "wrong"), DAMAGED_RECORDS.values(), ids=DAMAGED_RECORDS.keys()
)
def test_a_damaged_record_names_file_and_field_and_what_to_do(directory, where, value, wrong):
    path = record_file(directory)
    change(path, *where, value=value)
    before = path.read_bytes()
    with pytest.raises(CourseError) as refusal:
        read_record(directory, LESSON, "dan")
    said = str(refusal.value)
    assert said.startswith(f"{path} is damaged ({wrong}") and said.endswith(REMOVE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"schema": NaN}'])
def test_what_is_no_record_at_all_is_refused(directory, content):
    record_file(directory).write_bytes(content)
    with pytest.raises(CourseError, match=f"dan.json is damaged .*{REMOVE}"):
        read_record(directory, LESSON, "dan")


def test_files_of_a_newer_version_are_not_touched(directory):
    change(record_file(directory), "schema", value=2)
    change(directory / "receipts" / f"{LESSON}.json", "schema", value=2)
    with pytest.raises(CourseError, match="dan.json .*newer version.*schema 2.*Update the course"):
        read_record(directory, LESSON, "dan")
    with pytest.raises(CourseError, match="01_tiny.json .*newer version.*Update the course"):
        read_receipts(directory, LESSON)


def test_a_record_from_before_records_had_a_key_is_upgraded(directory):
    expected = read_record(directory, LESSON, "dan")
    change(record_file(directory), "key")
    record = read_record(directory, LESSON, "dan")
    assert record.key == "" and record.questions == expected.questions
    write_record(directory, record, "")
    assert read_record(directory, LESSON, "dan") == record


# -- receipts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("collected", "yesterday", "receipts.ada.collected: "),
        ("collected", "2026-02-01T12:00:00", "receipts.ada.collected: .*timezone"),
        ("collected", None, "receipts.ada: .*`collected`"),
        ("received", 3, "receipts.ada.received: "),
        ("sha256", None, "receipts.ada: .*`sha256`"),
        ("lms_id", ["canvas"], "receipts.ada.lms_id: "),
    ],
)
def test_a_damaged_receipt_names_file_student_and_field(directory, name, value, words):
    path = directory / "receipts" / f"{LESSON}.json"
    change(path, "receipts", "ada", name, value=value)
    before = path.read_bytes()
    with pytest.raises(CourseError, match=f"01_tiny.json is damaged \\({words}.*from a copy"):
        read_receipts(directory, LESSON)
    assert path.read_bytes() == before


def test_a_time_that_a_person_wrote_by_hand_is_read(directory):
    path = directory / "receipts" / f"{LESSON}.json"
    change(path, "receipts", "ada", "received", value="2026-02-01T23:59+01:00")
    received = read_receipts(directory, LESSON)["ada"].received
    assert received == datetime(2026, 2, 1, 22, 59, tzinfo=UTC) and received.tzinfo is UTC


# -- kept verdicts -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_kept_verdicts_are_read_and_written_without_a_change(path, tmp_path):
    verdicts = read_verdicts(path)
    assert verdicts
    write_verdicts(tmp_path / path.name, verdicts)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("accepted", "yes", "share/right.accepted: "),
        ("verdict", "refused", "share/right.verdict: "),
        ("key", None, "share/right: .*`key`"),
    ],
)
def test_a_damaged_verdict_names_file_case_and_field(tmp_path, name, value, words):
    path = tmp_path / "90_tiny.json"
    good = {"key": "0", "accepted": True, "verdict": "graded", "message": ""}
    path.write_text(json.dumps({"share/right": good}))
    change(path, "share/right", name, value=value)
    with pytest.raises(CourseError, match=f"90_tiny.json is damaged \\({words}.*Restore or remove"):
        read_verdicts(path)
