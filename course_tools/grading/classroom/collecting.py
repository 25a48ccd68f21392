"""Take in submissions: from a folder or zip, as an LMS exports it, to `DIR/submitted`.

How a notebook finds its student (LESSON is the lesson's id; the first rule that fits counts):

| path in the export                                      | student      | found in            |
|---------------------------------------------------------|--------------|---------------------|
| `Ada Li_123_assignsubmission_file_/any.ipynb`           | `Ada Li`     | Moodle, folders     |
| `Ada Li_123_assignsubmission_file_any.ipynb`            | `Ada Li`     | Moodle, no folders  |
| `liada_1234_5678_any.ipynb`, `liada_LATE_1234_5678_any` | `liada`      | Canvas              |
| `submitted/ada/any.ipynb`, `EXPORT/ada/any.ipynb`       | `ada`        | (wrapping folder)   |
| `ada/LESSON/any.ipynb`, `ada/any.ipynb`, `ada/x/y.ipynb`| `ada`        | nbgrader, folders   |
| `ada_LESSON.ipynb`, `LESSON_ada.ipynb`                  | `ada`        | flat                |
| `ada.ipynb`, `ada (1).ipynb`                            | `ada`        | flat                |

A wrapping folder contains all files, and is called `submitted`, `submissions`, or like the zip.
Notebooks in a folder, or with a name, of another of the class's lessons are left out, as are hidden
files, `__MACOSX` and checkpoints. Only `.ipynb` files are taken; others are listed as ignored.

Several notebooks of one student: identical ones count once; the one called LESSON.ipynb takes
precedence; of versions of one file (`x.ipynb`, `x (1).ipynb`, on Canvas `x-1.ipynb`) the highest
number counts, unless file times clearly contradict it. Anything else is ambiguous: none is taken,
and the report says so.

Files are copied byte for byte, whether they are valid notebooks or not: that is for the grader to
find out. The time of receipt goes to `DIR/receipts` (see `receipts.py`): the instructor gives it,
or else the time of collection is recorded as the latest that it can have been. `timestamp.txt`
beside the notebook tells nbgrader the same. What a submission replaces goes to `DIR/superseded`;
identical content changes nothing.
"""

import hashlib
import os
import re
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from course_lib.errors import CourseError
from course_tools.grading.classroom.directory import (
    lessons_of,
    resolve_lesson,
    utc_stamp,
)
from course_tools.grading.classroom.incoming import Entry, open_export, plausible_time
from course_tools.grading.classroom.receipts import (
    Receipt,
    read_receipts,
    updated_receipt,
    write_receipts,
)

_MOODLE = re.compile(
    r"(?P<student>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<name>.*)"
)
_CANVAS = re.compile(r"(?P<student>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<name>.+)")
_COPY = re.compile(r"\s*\((?P<number>\d{1,3})\)$")
_CANVAS_COPY = re.compile(r"-(?P<number>\d{1,3})$")
_WRAPPERS = {"submitted", "submissions"}
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"


@dataclass
class CollectReport:
    """What `collect` did: student ids by outcome, and messages about what was left out."""

    lesson: str
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counted = [("new", self.new), ("replaced", self.replaced), ("unchanged", self.unchanged)]
        lines = [
            f"{self.lesson}: " + ", ".join(f"{len(students)} {word}" for word, students in counted)
        ]
        lines += [f"  {word}: {', '.join(names)}" for word, names in counted if names]
        lines += [f"  ignored: {message}" for message in self.ignored]
        lines += [f"  NOT TAKEN: {message}" for message in self.problems]
        return "\n".join(lines)


@dataclass(frozen=True)
class _StudentFile:
    """A file and its student: `key` tells students apart, `stem` which files are versions.

    `lms_id` is the number that the LMS put into the name, such as `canvas:1234`, or None.
    """

    student: str
    key: str
    stem: str
    version: int
    entry: Entry
    lms_id: str | None


def collect(
    directory: Path,
    lesson: str,
    path: Path,
    *,
    received: datetime | None = None,
    received_by: Mapping[str, datetime] = MappingProxyType({}),
) -> CollectReport:
    """Copy a lesson's submissions from a folder or zip into the class directory.

    Running it again with the same export changes nothing. Each student's submission is put in place
    as a whole, so an interrupted run can simply be repeated.

    Args:
        directory: the class directory.
        lesson: a lesson's id, or the start of one.
        path: a folder or a zip; see the module's table for what is recognised.
        received: when everything in it was handed in (aware), if the instructor knows.
        received_by: student -> that time, for those who have one of their own.

    Raises:
        CourseError: DIR or the lesson is unknown, PATH is neither a folder nor a readable zip, or
            it contains no notebook at all.
    """
    directory, path = Path(directory), Path(path)
    lesson = resolve_lesson(directory, lesson)
    times = {student_id(name).casefold(): moment for name, moment in received_by.items()}
    receipts = read_receipts(directory, lesson)
    with open_export(path) as (entries, refused):
        report = CollectReport(lesson, problems=list(refused))
        wrapper = "" if path.is_dir() else path.stem
        notebooks = _notebooks(entries, lesson, lessons_of(directory), wrapper, report)
        if not notebooks and not report.problems:
            raise CourseError(f"There is no notebook for {lesson} in {path}.")
        try:
            for student, files in _by_student(notebooks, report).items():
                chosen = _choose(student, files, lesson, report)
                if chosen:
                    content, file = chosen
                    digest = hashlib.sha256(content).hexdigest()
                    moment = times.get(student.casefold(), received)
                    receipt = updated_receipt(receipts.get(student), digest, moment, file.lms_id)
                    _take(directory, lesson, student, content, receipt, report)
                    receipts[student] = receipt
        finally:
            write_receipts(directory, lesson, receipts)
    return report


def student_id(name: str) -> str:
    """Return `name` as an id that nbgrader accepts: one path part, without `+` or wildcards.

    Raises:
        CourseError: nothing usable is left, or it is longer than the gradebook allows.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    text = re.sub(r"[/\\+*?\[\]:]", "-", text)
    text = " ".join(text.split()).lstrip(". ").rstrip(". ")
    if not text or len(text) > 120 or len(text.encode()) > 200:
        raise CourseError(f"{name!r} can't be used as a student's name: it is empty or too long.")
    return text


def _notebooks(
    entries: list[Entry], lesson: str, lessons: list[str], export: str, report: CollectReport
) -> list[_StudentFile]:
    """Return the lesson's notebooks with their students, and report all other files."""
    entries = [entry for entry in entries if not _is_junk(entry.parts)]
    depth = _wrapping_folders(entries, export)
    found, without = [], defaultdict(list)
    for entry in entries:
        match = _match(entry, entry.parts[depth:], lesson, lessons)
        if isinstance(match, str):
            report.ignored.append(f"{entry.path} ({match})")
        elif not entry.parts[-1].lower().endswith(".ipynb"):
            report.ignored.append(f"{entry.path} (no notebook)")
            without[match.key].append(match)
        elif not match.student:
            report.problems.append(f"{entry.path}: its name doesn't say whose it is.")
        else:
            found.append(match)
    for key in sorted(without.keys() - {file.key for file in found}):
        first = without[key][0]
        # A stray file at the top of a flat export is nobody's, unless an LMS named it.
        if len(first.entry.parts) > depth + 1 or first.key != first.student:
            files = ", ".join(file.entry.parts[-1] for file in without[key])
            report.problems.append(f"{first.student}: handed in no notebook, only {files}.")
    return found


def _is_junk(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") or part in ("__MACOSX", "__pycache__") for part in parts)


def _wrapping_folders(entries: list[Entry], export: str) -> int:
    """Return how many folders are wrapped around all files without meaning anything."""
    depth = 0
    while entries and all(len(entry.parts) > depth + 1 for entry in entries):
        names = {entry.parts[depth] for entry in entries}
        if len(names) > 1 or not names & {*_WRAPPERS, export}:
            break
        depth += 1
    return depth


def _match(
    entry: Entry, parts: tuple[str, ...], lesson: str, lessons: list[str]
) -> "_StudentFile | str":
    """Return the file with its student, or why it does not belong to this lesson."""
    folders, stem = list(parts[:-1]), re.sub(r"\.ipynb$", "", parts[-1], flags=re.IGNORECASE)
    other = [
        name
        for name in lessons
        if name != lesson and (name in folders or _without_copy_number(stem) == name)
    ]
    if other:
        return f"belongs to {other[0]}"
    for folder in folders:
        if moodle := _MOODLE.fullmatch(folder):
            return _student_file(entry, moodle["student"], f"moodle:{moodle['id']}", stem)
    folders = [folder for folder in folders if folder != lesson]
    if folders:
        return _student_file(entry, folders[0], "", stem)
    return _match_flat(entry, stem, lesson, lessons)


def _match_flat(entry: Entry, stem: str, lesson: str, lessons: list[str]) -> "_StudentFile | str":
    if lms := _MOODLE.fullmatch(stem):
        return _student_file(entry, lms["student"], f"moodle:{lms['id']}", lms["name"])
    if lms := _CANVAS.fullmatch(stem):
        return _student_file(entry, lms["student"], f"canvas:{lms['id']}", lms["name"])
    bare = _without_copy_number(stem)
    for name in lessons:
        for pattern in (
            f"(?P<student>.*)[_ -]{re.escape(name)}",
            f"{re.escape(name)}[_ -](?P<student>.*)",
        ):
            if flat := re.fullmatch(pattern, bare):
                student = flat["student"]
                return (
                    _student_file(entry, student, "", stem)
                    if name == lesson
                    else f"belongs to {name}"
                )
    return _student_file(entry, "" if bare == lesson else bare, "", stem)


def _student_file(entry: Entry, student: str, lms_id: str, stem: str) -> _StudentFile:
    canvas = lms_id.startswith("canvas:")
    copy = _COPY.search(stem) or (_CANVAS_COPY.search(stem) if canvas else None)
    version = int(copy["number"]) if copy else 0
    student = unicodedata.normalize("NFC", student)
    stem = stem[: copy.start()] if copy else stem
    key = f"{student} {lms_id.partition(':')[2]}".strip()
    return _StudentFile(student, key, stem, version, entry, lms_id or None)


def _without_copy_number(stem: str) -> str:
    return _COPY.sub("", stem)


def _by_student(files: list[_StudentFile], report: CollectReport) -> dict[str, list[_StudentFile]]:
    """Group files by student id, and report ids that two different students would share."""
    groups: dict[str, dict[str, list[_StudentFile]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, str] = {}
    for file in files:
        try:
            name = student_id(file.student)
        except CourseError as error:
            report.problems.append(f"{file.entry.path}: {error}")
            continue
        # Some file systems don't tell `Ada` from `ada`.
        names.setdefault(name.casefold(), name)
        groups[name.casefold()][file.key].append(file)
    unique = {}
    for folded, keys in sorted(groups.items()):
        if len(keys) > 1:
            report.problems.append(
                f"{' and '.join(sorted(map(repr, keys)))} would both be called {names[folded]!r}. "
                "Rename one of them in the export."
            )
        else:
            unique[names[folded]] = next(iter(keys.values()))
    return unique


def _choose(
    student: str, files: list[_StudentFile], lesson: str, report: CollectReport
) -> tuple[bytes, _StudentFile] | None:
    """Return the content of the notebook that counts, and its file; or report why none does."""
    contents: dict[bytes, _StudentFile] = {}
    try:
        for file in sorted(files, key=lambda file: -file.version):
            contents.setdefault(file.entry.read(), file)
    except CourseError as error:
        report.problems.append(f"{student}: {error}")
        return None
    if len(contents) > 1:
        exact = {content: file for content, file in contents.items() if file.stem == lesson}
        contents = exact or contents
    newest = next(iter(contents.values()))
    versions = list(contents.values())
    same_stem = len({file.stem for file in versions}) == 1
    numbered = len({file.version for file in versions}) == len(versions)
    if not (same_stem and numbered) or _clearly_older(newest, versions):
        listed = ", ".join(sorted(file.entry.path for file in files))
        report.problems.append(
            f"{student}: ambiguous, {len(files)} notebooks ({listed}). Leave only one of them in "
            f"the export. If {student!r} is not a student but a folder with all submissions, give "
            "that folder."
        )
        return None
    others = [file.entry.path for file in files if file is not newest]
    report.ignored += [f"{path} ({newest.entry.path} was taken)" for path in others]
    return next(iter(contents)), newest


def _clearly_older(chosen: _StudentFile, versions: list[_StudentFile]) -> bool:
    times = [plausible_time(file.entry.modified) for file in versions]
    its_time = plausible_time(chosen.entry.modified)
    tolerance = timedelta(minutes=1)
    return its_time is not None and any(time and time > its_time + tolerance for time in times)


def _take(
    directory: Path,
    lesson: str,
    student: str,
    content: bytes,
    receipt: Receipt,
    report: CollectReport,
) -> None:
    """Put one submission in place: write it beside, move the earlier one away, then rename it."""
    place = directory / "submitted" / student / lesson
    notebook = place / f"{lesson}.ipynb"
    if notebook.is_file() and notebook.read_bytes() == content:
        report.unchanged.append(student)
        return
    moment = receipt.received or receipt.collected
    timestamp = moment.strftime(_TIME_FORMAT)
    if place.is_dir() and _recorded_time(place) == timestamp:
        # nbgrader recognises a resubmission by its time, and a time that a person gave is coarse.
        timestamp = (moment + timedelta(microseconds=1)).strftime(_TIME_FORMAT)
    beside = place.parent / f".{lesson}.part"
    shutil.rmtree(beside, ignore_errors=True)  # of a run that was interrupted
    try:
        beside.mkdir(parents=True)
        (beside / f"{lesson}.ipynb").write_bytes(content)
        (beside / "timestamp.txt").write_text(f"{timestamp}\n", encoding="utf-8")
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    (report.replaced if place.exists() else report.new).append(student)
    if place.exists():
        keep = directory / "superseded" / student / lesson / utc_stamp()
        keep.parent.mkdir(parents=True, exist_ok=True)
        os.rename(place, keep)
    os.rename(beside, place)


def _recorded_time(place: Path) -> str:
    path = place / "timestamp.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
