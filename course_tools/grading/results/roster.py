"""A list of the class as the LMS exports it, and which of its rows is which student.

The class directory calls students what the LMS called them in file names, so several names of a
person are tried: the LMS's ids, the login, the e-mail address and its local part, `First Last`,
`Last, First`, and Canvas's `lastfirst`. A name that two rows share identifies nobody.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError

CANVAS_IDENTITY = (
    *("Student", "ID", "SIS User ID", "SIS Login ID"),
    *("Integration ID", "Root Account", "Section"),
)
MOODLE_IDENTITY = (
    *("Identifier", "Username", "First name", "Last name", "Surname", "Full name"),
    *("ID number", "Email address"),
)
# The columns that hold a name or an id of a person as a whole.
_WHOLE_NAMES = (
    *("ID", "SIS User ID", "SIS Login ID", "Username", "ID number"),
    *("Email address", "Full name", "Student", "Identifier"),
)
# LMS -> the column with the number that it puts into file names.
_LMS_IDS = {"canvas": "ID", "moodle": "Identifier"}
_POINTS = "points possible"


@dataclass(frozen=True)
class Roster:
    """The table: its header, its rows as column -> cell, and Canvas's row of points."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    points: dict[str, str]

    def find(
        self, student: str, lms_ids: Iterable[str] = (), email: str = ""
    ) -> dict[str, str] | None:
        """Return the row of a student of the class directory; None if there is none, or several.

        Args:
            student: the student's id in the class directory.
            lms_ids: such as `canvas:1234`; they are tried before names.
            email: an e-mail address, or "".
        """
        for lms_id in lms_ids:
            kind, _, number = lms_id.partition(":")
            by_id = [row for row in self.rows if number and _lms_number(kind, row) == number]
            if len(by_id) == 1:
                return by_id[0]
        for name in filter(None, (student, email)):
            found = [row for row in self.rows if _folded(name) in _names(row)]
            if len(found) == 1:
                return found[0]
        return None


def read_roster(path: Path) -> Roster:
    """Read a CSV file that Canvas or Moodle exported, separated by comma, semicolon or tab.

    Raises:
        CourseError: it can't be read, is not UTF-8, or has no column that identifies people.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8. Export it again, or save it as UTF-8.") from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    columns = tuple(name.strip() for name in lines[0]) if lines else ()
    if not set(columns) & {*CANVAS_IDENTITY[:4], *MOODLE_IDENTITY}:
        raise CourseError(
            f"{path} has no column that identifies people. Give the gradebook as the LMS exports "
            f"it; its first line is {first[:80]!r}."
        )
    if twice := [name for name, count in Counter(columns).items() if count > 1 and name]:
        raise CourseError(f"{path} has the column {twice[0]!r} twice. Export it again.")
    rows = [dict(zip(columns, [*row, *[""] * len(columns)], strict=False)) for row in lines[1:]]
    points = [row for row in rows if _POINTS in row[columns[0]].lower()]
    people = [row for row in rows if row not in points and _names(row)]
    return Roster(Path(path), columns, tuple(people), points[0] if points else {})


def _lms_number(kind: str, row: dict[str, str]) -> str:
    return re.sub(r"^Participant ", "", row.get(_LMS_IDS.get(kind, ""), "").strip())


def _names(row: dict[str, str]) -> set[str]:
    """Return every name that the person of a row may go by, folded."""
    cells = {name: _unquoted(row.get(name, "")) for name in (*CANVAS_IDENTITY, *MOODLE_IDENTITY)}
    names = {cells[name] for name in _WHOLE_NAMES}
    names |= {name.partition("@")[0] for name in names if "@" in name}
    last, comma, first = cells["Student"].partition(",")
    if comma:
        names |= {f"{first} {last}", re.sub(r"\W", "", f"{last}{first}")}
    elif cells["Student"]:
        names.add(re.sub(r"\W", "", cells["Student"]))
    given, family = cells["First name"], cells["Last name"] or cells["Surname"]
    if given or family:
        names |= {f"{given} {family}", f"{family} {given}"}
    return {_folded(name) for name in names if name.strip()}


def _unquoted(cell: str) -> str:
    """Return the text of a cell; Canvas writes `="…"` so that spreadsheets keep it as text."""
    match = re.fullmatch(r'\s*="(.*)"\s*', cell)
    return match[1] if match else cell.strip()


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
