"""Write the marks of a class to a file: for people, for Canvas, or for Moodle.

`export_marks` is the entry point. In every format a mark that is not final (a written answer waits
for a person, a question is undecided, the file can't be read, it isn't graded) is an empty cell and
a message, never a 0 that nobody gave. Text that a spreadsheet would run as a formula gets an
apostrophe in front (OWASP, "CSV injection").

**csv**: one row per student and lesson, for every lesson and everyone who handed anything in or is
in the gradebook:

| column             | meaning                                                                     |
|--------------------|-----------------------------------------------------------------------------|
| student, lesson    | their ids                                                                   |
| status             | see `marks.py`                                                              |
| score              | points decided so far, before any late penalty; empty unless graded         |
| max_score          | points possible                                                             |
| late_penalty       | points taken off for being late; empty unless graded                        |
| final_score        | points after the penalty; empty unless the mark is final                    |
| needs_manual_grade | `yes` when a person has to decide: a written answer, a failure, a doubt     |
| late_seconds       | seconds after the due date; empty when there is none, or it isn't known     |
| submitted_at       | time of receipt, or else of collection, UTC, ISO 8601                       |

**canvas**: one row per student, to be imported into Canvas's gradebook. Its importer reads the
columns `Student, ID, SIS User ID, SIS Login ID, Section` first (it looks people up by ID, then SIS
ids, then name), then one column per assignment, named `Name (id)`, and below the header a row
"    Points Possible". With a roster (Canvas's own export) its ids and assignment columns are kept;
an assignment belongs to a lesson when they have the same name, apart from case and punctuation. A
column without an id makes a new assignment. An empty cell clears a score, so where the roster
holds one and the class has none, Canvas's is repeated.

**moodle**: one row per student, for Moodle's "Import grades: CSV file". There one chooses which
column identifies people (`ID number`, `Email address`, …); each lesson has a column of points and
one of feedback, which Moodle wants imported together. Rows without a final mark are left out, since
an empty cell clears a grade. Without a roster, the student's id is given as `ID number`.
"""

import csv
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.classroom import lessons_of
from course_tools.grading.results.marks import (
    WITHOUT_RESULT,
    LessonMark,
    MarkStatus,
    read_marks,
)
from course_tools.grading.results.roster import (
    CANVAS_IDENTITY,
    MOODLE_IDENTITY,
    Roster,
    read_roster,
)

COLUMNS = (
    "student",
    "lesson",
    "status",
    "score",
    "max_score",
    "late_penalty",
    "final_score",
    "needs_manual_grade",
    "late_seconds",
    "submitted_at",
)
_CANVAS_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)")


@dataclass
class ExportReport:
    """How many rows were written (without headers), and messages on what was left empty or out."""

    rows: int = 0
    undecided: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _ClassMarks:
    """The marks of a class, by student and lesson."""

    lessons: list[str]
    marks: dict[str, dict[str, LessonMark]]

    def max_score(self, lesson: str) -> float:
        return next((marks[lesson].max_score for marks in self.marks.values()), 0.0)


def export_marks(
    directory: Path, output: Path, format: str = "csv", roster: Path | None = None
) -> ExportReport:
    """Write the marks of all lessons and students to `output`, whole or not at all.

    Args:
        directory: the class directory.
        output: the file to write.
        format: csv, canvas or moodle; see the module's description.
        roster: an export of the LMS's gradebook, whose ids and columns are kept.

    Raises:
        CourseError: DIR is not a class directory, the folder of `output` doesn't exist, there is no
            such format, or the roster can't be read.
    """
    directory, output = Path(directory), Path(output)
    lessons = lessons_of(directory)
    _check_request(output, format, roster)
    people = read_roster(roster) if roster is not None else None
    by_student: dict[str, dict[str, LessonMark]] = {}
    for mark in read_marks(directory, lessons):
        by_student.setdefault(mark.student, {})[mark.lesson] = mark
    report = ExportReport()
    report.undecided = [
        f"{mark.student}, {mark.lesson}: {why}"
        for marks in by_student.values()
        for mark in marks.values()
        if (why := _why_not_final(mark))
    ]
    lines = _WRITERS[format](_ClassMarks(lessons, by_student), people, report)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(
        [_without_formula(cell) for cell in line] for line in lines
    )
    write_atomically(output, text.getvalue().encode("utf-8"))
    return report


def _check_request(output: Path, format: str, roster: Path | None) -> None:
    if format not in _WRITERS:
        raise CourseError(
            f"There is no export format {format!r}. There are: {', '.join(_WRITERS)}."
        )
    if roster is not None and format == "csv":
        raise CourseError("A roster is for --format canvas or moodle only.")
    if not output.parent.is_dir():
        raise CourseError(f"There is no folder {output.parent}. Make it, or name another file.")
    if output.is_dir():
        raise CourseError(f"{output} is a folder. Name a file, such as {output / 'marks.csv'}.")


def export_csv(directory: Path, output: Path) -> int:
    """Write the format csv, and return the number of rows."""
    return export_marks(directory, output).rows


def _why_not_final(mark: LessonMark) -> str:
    """Return why a mark is not final, or may change; "" when it is final."""
    if mark.status in WITHOUT_RESULT | {MarkStatus.UNREADABLE}:
        return mark.status
    if mark.needs_person:
        waiting = [question.id for question in mark.questions if question.score is None]
        return f"waits for a person ({', '.join(waiting) or 'a second look'})"
    if mark.lateness.is_unknown and mark.status is MarkStatus.GRADED:
        return (
            "collected after the due date, and nobody said when it was received, so there is no "
            "penalty; collect again with --received or --receipts"
        )
    return ""


# -- csv ----------------------------------------------------------------------------------------


def _csv_lines(
    class_marks: _ClassMarks, roster: Roster | None, report: ExportReport
) -> list[list[str]]:
    lines = [list(COLUMNS)]
    for lesson in class_marks.lessons:
        lines += [_csv_line(marks[lesson]) for marks in class_marks.marks.values()]
    report.rows = len(lines) - 1
    return lines


def _csv_line(mark: LessonMark) -> list[str]:
    late = mark.lateness.seconds
    receipt = mark.receipt
    moment = (receipt.received or receipt.collected) if receipt else None
    return [
        mark.student,
        mark.lesson,
        mark.status,
        _as_text(mark.score),
        _as_text(mark.max_score),
        _as_text(mark.penalty if mark.score is not None else None),
        _as_text(mark.final_score),
        "yes" if mark.needs_person else "no",
        "" if late is None else str(round(late)),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else "",
    ]


# -- Canvas -------------------------------------------------------------------------------------


def _canvas_lines(
    class_marks: _ClassMarks, roster: Roster | None, report: ExportReport
) -> list[list[str]]:
    identity = [name for name in CANVAS_IDENTITY if roster is not None and name in roster.columns]
    identity = identity or [*CANVAS_IDENTITY[:4], "Section"]
    assignments = [_canvas_assignment(lesson, roster, report) for lesson in class_marks.lessons]
    points = [
        _canvas_points(class_marks, lesson, name, roster, report)
        for lesson, name in zip(class_marks.lessons, assignments, strict=True)
    ]
    lines = [
        [*identity, *assignments],
        ["    Points Possible", *[""] * (len(identity) - 1), *points],
    ]
    for row, marks in _rows(class_marks, roster, report):
        if row is None:
            student = next(iter(marks.values())).student
            row = {"Student": student, "ID": _lms_number(marks, "canvas"), "SIS Login ID": student}
        scores = [
            _as_text(marks[lesson].final_score) or row.get(name, "")
            for lesson, name in zip(class_marks.lessons, assignments, strict=True)
        ]
        if any(scores):
            lines.append([*(row.get(name, "") for name in identity), *scores])
    report.rows = len(lines) - 2
    return lines


def _canvas_assignment(lesson: str, roster: Roster | None, report: ExportReport) -> str:
    columns = roster.columns if roster is not None else ()
    titles = {
        name: match["title"] for name in columns if (match := _CANVAS_ASSIGNMENT.fullmatch(name))
    }
    found = [
        name
        for name, title in titles.items()
        if _letters_and_digits(title) == _letters_and_digits(lesson)
    ]
    if len(found) == 1:
        return found[0]
    if roster is not None:
        said = "more than one assignment is" if found else "no assignment is"
        report.problems.append(
            f"{said} called {lesson} in {roster.path}; Canvas would make a new one."
        )
    return lesson


def _canvas_points(
    class_marks: _ClassMarks, lesson: str, name: str, roster: Roster | None, report: ExportReport
) -> str:
    ours = class_marks.max_score(lesson)
    theirs = roster.points.get(name, "").strip() if roster is not None else ""
    if theirs and theirs.replace(",", ".") not in (_as_text(ours), f"{ours:.2f}", f"{ours:.1f}"):
        report.problems.append(
            f"{lesson} has {_as_text(ours)} points here and {theirs} in Canvas, which stay."
        )
    return theirs or _as_text(ours)


def _letters_and_digits(title: str) -> str:
    return re.sub(r"[\W_]+", "", title).casefold()


# -- Moodle -------------------------------------------------------------------------------------


def _moodle_lines(
    class_marks: _ClassMarks, roster: Roster | None, report: ExportReport
) -> list[list[str]]:
    identity = [name for name in roster.columns if name in MOODLE_IDENTITY] if roster else []
    identity = identity or ["Identifier", "ID number", "Email address"]
    items = [column for name in class_marks.lessons for column in (name, f"{name} (feedback)")]
    lines = [[*identity, *items]]
    for row, marks in _rows(class_marks, roster, report):
        if row is None:
            row = _moodle_identity(marks)
        cells = []
        for lesson in class_marks.lessons:
            final = marks[lesson].final_score
            cells += [_as_text(final), "" if final is None else _moodle_feedback(marks[lesson])]
        if any(cells):
            lines.append([*(row.get(name, "") for name in identity), *cells])
    report.rows = len(lines) - 1
    return lines


def _moodle_identity(marks: dict[str, LessonMark]) -> dict[str, str]:
    mark = next(iter(marks.values()))
    number = _lms_number(marks, "moodle")
    return {
        "Identifier": f"Participant {number}" if number else "",
        "ID number": mark.student,
        "Email address": mark.email,
    }


def _moodle_feedback(mark: LessonMark) -> str:
    """Return a lesson's points as lines of text, escaped, since Moodle reads them as HTML."""
    lines = [
        f"{question.id}: {_as_text(question.score)} / {_as_text(question.max_score)}"
        for question in mark.questions
    ]
    if mark.penalty:
        lines.append(f"late: -{_as_text(mark.penalty)}")
    lines += [
        f"{question.id}: {question.comment}" for question in mark.questions if question.comment
    ]
    return html.escape("\n".join(lines), quote=False)


# -- common to both -----------------------------------------------------------------------------


def _rows(
    class_marks: _ClassMarks, roster: Roster | None, report: ExportReport
) -> list[tuple[dict[str, str] | None, dict[str, LessonMark]]]:
    """Return each student's row of the roster (None without one) with the marks by lesson."""
    if roster is None:
        return [(None, marks) for marks in class_marks.marks.values()]
    rows: list[tuple[dict[str, str] | None, dict[str, LessonMark]]] = []
    taken: dict[int, str] = {}
    for student, marks in class_marks.marks.items():
        ids = dict.fromkeys(mark.lms_id for mark in marks.values() if mark.lms_id)
        row = roster.find(student, list(ids), next(iter(marks.values())).email)
        if row is None:
            report.problems.append(f"{student} is not in {roster.path}, or not clearly; left out.")
        elif id(row) in taken:
            report.problems.append(
                f"{student} and {taken[id(row)]} are the same person in {roster.path}; "
                f"{student} is left out."
            )
        else:
            taken[id(row)] = student
            rows.append((row, marks))
    return rows


def _lms_number(marks: dict[str, LessonMark], lms: str) -> str:
    """Return the number that this LMS put into the name of one of a student's files, if any."""
    ids = (mark.lms_id.partition(":") for mark in marks.values())
    return next((number for kind, _, number in ids if kind == lms), "")


def _as_text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def _without_formula(text: str) -> str:
    """Return text that a spreadsheet won't run: a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


_WRITERS: dict[str, Callable[[_ClassMarks, Roster | None, ExportReport], list[list[str]]]] = {
    "csv": _csv_lines,
    "canvas": _canvas_lines,
    "moodle": _moodle_lines,
}
