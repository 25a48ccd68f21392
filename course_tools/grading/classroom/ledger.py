"""The ledger: the outcome of every submission and every question, in plain JSON.

    DIR/ledger/LESSON/STUDENT.json      one submission, written when it is finished
    DIR/ledger/LESSON/STUDENT.ipynb     the notebook as it was marked, with the outputs of that run
    DIR/ledger/LESSON.json              {"schema": 1, "lesson": …, "submissions": [all of them]}

A submission:

| key                 | meaning                                                                    |
|---------------------|----------------------------------------------------------------------------|
| schema              | 1, the version of this table                                               |
| lesson, student     | their ids                                                                  |
| status              | `graded`; `needs-human`: a question is undecided; `unreadable`: the file   |
| score               | points decided so far; null when nothing is decided                        |
| max_score           | points possible                                                            |
| flags               | what was odd about the file, as sentences for the instructor               |
| submission_sha256, source_sha256 | which file was graded, and by which version of the lesson     |
| key                 | SHA-256 of all that the record depends on                                  |
| seconds             | how long it took                                                           |
| peak_memory_bytes   | the most that a question's processes used together                         |
| questions           | a list, in the lesson's order                                              |

A question:

| key                 | meaning                                                                    |
|---------------------|----------------------------------------------------------------------------|
| id                  | the exercise                                                               |
| verdict             | `graded`, `crashed`, `timeout`, `missing` (no answer was found),           |
|                     | `tampered`, `unreadable` or `needs-human`                                  |
| score, max_score    | points; `score` is null unless the verdict is `graded`                     |
| message             | what the check said, or why it is undecided                                |
| key                 | SHA-256 of all that the verdict depends on; null when another run may      |
|                     | give a different one (it crashed, it took too long, …)                     |

A written answer stays `needs-human` here: the points that a person gives are in the gradebook. One
that was left as it was handed out is `graded` with 0 points, and its message says so.

`record` defines the same fields as types.
"""

from pathlib import Path

from course_lib.plumbing import write_atomically
from course_tools.grading.record import Record
from course_tools.grading.stored import StoredFile, as_json, plain_data

SCHEMA = 1


def write_record(directory: Path, record: Record, notebook: str) -> None:
    """Write one submission's notebook and then its record, each whole or not at all."""
    path = _record_path(directory, record.lesson, record.student)
    write_atomically(path.with_name(f"{record.student}.ipynb"), notebook.encode())
    write_atomically(path, as_json(_with_schema(record)).encode())


def read_record(directory: Path, lesson: str, student: str) -> Record | None:
    """Return a submission's record, or None when it was never graded.

    Raises:
        CourseError: the file is damaged, or a newer version of the course wrote it.
    """
    file = StoredFile(
        _record_path(directory, lesson, student), f"Remove it and grade {lesson} again."
    )
    try:
        content = file.content(newest_schema=SCHEMA)
    except FileNotFoundError:
        return None
    return file.typed(_upgraded(content), Record)


def read_notebook(directory: Path, lesson: str, student: str) -> str | None:
    """Return the notebook as it was marked, as text, or None when it was never graded."""
    path = _record_path(directory, lesson, student).with_name(f"{student}.ipynb")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def read_ledger(directory: Path, lesson: str) -> list[Record]:
    """Return the records of a lesson, by student."""
    folder = Path(directory) / "ledger" / lesson
    students = sorted(path.name.removesuffix(".json") for path in folder.glob("*.json"))
    return [record for s in students if (record := read_record(directory, lesson, s))]


def write_ledger(directory: Path, lesson: str) -> Path:
    """Gather a lesson's records in `DIR/ledger/LESSON.json`, and return its path."""
    path = Path(directory) / "ledger" / f"{lesson}.json"
    submissions = [_with_schema(record) for record in read_ledger(directory, lesson)]
    content = {"schema": SCHEMA, "lesson": lesson, "submissions": submissions}
    write_atomically(path, as_json(content).encode())
    return path


def _record_path(directory: Path, lesson: str, student: str) -> Path:
    return Path(directory) / "ledger" / lesson / f"{student}.json"


def _with_schema(record: Record) -> dict:
    return {"schema": SCHEMA} | plain_data(record)


def _upgraded(content: dict) -> dict:
    """Return the content of a record's file in its present form.

    The first records had no key of their own. Without one they never count as finished, so the next
    grading runs them again.
    """
    return {"key": ""} | content
