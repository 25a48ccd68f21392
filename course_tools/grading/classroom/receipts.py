"""When a submission was received: what the instructor knows, kept outside the submission.

    DIR/receipts/LESSON.json
    {"schema": 1, "lesson": …, "receipts": {STUDENT: {"sha256": …, "collected": …, "received": …,
                                                      "lms_id": …}}}

| key       | meaning                                                                             |
|-----------|-------------------------------------------------------------------------------------|
| sha256    | the file that was received; a receipt says nothing about any other file             |
| collected | the latest that it can have been handed in: when `course class collect` took it in, |
|           | or when nbgrader's exchange last changed (`exchange.py`), by this computer's clock  |
| received  | when it was handed in, as the instructor said (`--received`, `--receipts`) or as    |
|           | the exchange confirms, or null                                                      |
| lms_id    | the number that the LMS put into the file's name, such as `canvas:1234`, or null    |

Times are UTC, ISO 8601. Nothing in or around a submission is trusted: neither a `timestamp.txt` nor
a file's time, which comes from the learner's computer as often as from the LMS. A submission that
was collected before the due date was in time; whether one that was collected later without a time
of receipt was late isn't known, and nobody is penalised for that.
"""

import csv
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.stored import StoredFile, as_json

SCHEMA = 1
LIST_COLUMNS = ("student", "received")

# A moment whose time zone is known.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True)
class Receipt:
    """What is known of the receipt of one file; times are aware. See the module's table."""

    sha256: str
    collected: Moment
    received: Moment | None = None
    lms_id: str | None = None


def parse_time(text: str) -> datetime:
    """Return a moment, in UTC, from `now` or ISO 8601 with an offset, `2026-12-01T23:59+01:00`.

    Raises:
        CourseError: it is not such a time; without an offset it could mean another moment on
            another computer.
    """
    if text.strip().lower() == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            offset = moment.astimezone().strftime("%z")
            raise CourseError(
                f"{text!r} has no time zone. Append the offset from UTC; on this computer the time "
                f"would be {moment.isoformat()}{offset[:3]}:{offset[3:5]}."
            )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CourseError(
            f"{text!r} is not a time. Write it with the offset from UTC: 2026-12-01T23:59+01:00."
        ) from error


def received_time(text: str) -> datetime:
    """Return a time of receipt, which can't lie in the future."""
    moment = parse_time(text)
    if moment > datetime.now(UTC) + timedelta(minutes=5):
        raise CourseError(f"{text!r} is in the future; nothing can have been received then.")
    return moment


def read_receipts(directory: Path, lesson: str) -> dict[str, Receipt]:
    """Return the receipts of a lesson by student; none if nothing was collected.

    Raises:
        CourseError: the file is damaged, or a newer version of the course wrote it.
    """
    file = StoredFile(
        _path(directory, lesson),
        "Restore it from a copy; without it, late submissions can't be told from others.",
    )
    try:
        content = file.typed(file.content(newest_schema=SCHEMA), _Receipts)
    except FileNotFoundError:
        return {}
    return {
        student: file.typed(_with_times(each), Receipt, where=f"receipts.{student}")
        for student, each in content.receipts.items()
    }


def receipt_of_file(receipts: dict[str, Receipt], student: str, sha256: str) -> Receipt | None:
    """Return what is known of the receipt of this very file; one of another file says nothing."""
    receipt = receipts.get(student)
    return receipt if receipt is not None and receipt.sha256 == sha256 else None


def write_receipts(directory: Path, lesson: str, receipts: dict[str, Receipt]) -> None:
    """Write the receipts of a lesson, all of them or none."""
    content = {
        "schema": SCHEMA,
        "lesson": lesson,
        "receipts": {student: _to_json(each) for student, each in sorted(receipts.items())},
    }
    text = as_json(content).encode()
    path = _path(directory, lesson)
    if not (path.is_file() and path.read_bytes() == text):
        write_atomically(path, text)


def updated_receipt(
    before: Receipt | None, sha256: str, received: datetime | None, lms_id: str | None
) -> Receipt:
    """Return the receipt of a file that is collected now, possibly again."""
    if before is None or before.sha256 != sha256:
        return Receipt(sha256, datetime.now(UTC), received, lms_id)
    return replace(before, received=received or before.received, lms_id=lms_id or before.lms_id)


def read_receipt_list(path: Path) -> dict[str, datetime]:
    """Return student -> time of receipt from a CSV file with the columns `student`, `received`.

    Raises:
        CourseError: the file can't be read, lacks a column, or has a line that makes no sense.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8. Save it as CSV UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not set(LIST_COLUMNS) <= set(reader.fieldnames or ()):
        raise CourseError(
            f"{path} needs the columns {' and '.join(LIST_COLUMNS)} in its first line."
        )
    times: dict[str, datetime] = {}
    for row in reader:
        student = (row["student"] or "").strip()
        try:
            moment = received_time(row["received"] or "")
        except CourseError as error:
            raise CourseError(f"{path}, line {reader.line_num}: {error}") from error
        if not student or times.get(student, moment) != moment:
            raise CourseError(
                f"{path}, line {reader.line_num}: the student is missing, or has a different time "
                "on another line."
            )
        times[student] = moment
    return times


def _path(directory: Path, lesson: str) -> Path:
    return Path(directory) / "receipts" / f"{lesson}.json"


def _to_json(receipt: Receipt) -> dict:
    return {
        "sha256": receipt.sha256,
        "collected": receipt.collected.isoformat(),
        "received": receipt.received.isoformat() if receipt.received else None,
        "lms_id": receipt.lms_id,
    }


class _Receipts(msgspec.Struct):
    """A file of receipts; each is validated by itself, so that a message can name its student."""

    receipts: dict[str, Any]


def _with_times(receipt: Any) -> Any:
    """Return a receipt with its times parsed, in UTC.

    They are parsed here, since a person may have written a time without seconds, which ISO 8601
    allows and msgspec refuses. What is not a time is left for msgspec to report.
    """
    if not isinstance(receipt, dict):
        return receipt
    times = {name: _as_time(receipt[name]) for name in ("collected", "received") if name in receipt}
    return receipt | times


def _as_time(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (TypeError, ValueError, OverflowError):
        return value
