"""A class: its directory, settings and gradebook, what was handed in and when, the ledger.

`exchange` is imported directly, since it imports nbgrader, whose configuration points at it.
"""

from course_tools.grading.classroom.collecting import CollectReport, collect, student_id
from course_tools.grading.classroom.directory import (
    add_lesson,
    init_class,
    language_of,
    lessons_of,
    read_source,
    read_submitted,
    resolve_lesson,
    students_with,
    submitted_notebook,
)
from course_tools.grading.classroom.due_dates import (
    DAY,
    Lateness,
    from_gradebook,
    lateness,
    penalty,
    set_due_date,
)
from course_tools.grading.classroom.gradebook import write_marks
from course_tools.grading.classroom.ledger import (
    read_ledger,
    read_notebook,
    read_record,
    write_ledger,
    write_record,
)
from course_tools.grading.classroom.nbgrader_api import load_config, open_api
from course_tools.grading.classroom.receipts import (
    Receipt,
    parse_time,
    read_receipt_list,
    read_receipts,
    receipt_of_file,
    received_time,
    write_receipts,
)
from course_tools.grading.classroom.settings import Settings, load_settings

__all__ = [
    "CollectReport",
    "DAY",
    "Lateness",
    "Receipt",
    "Settings",
    "add_lesson",
    "collect",
    "from_gradebook",
    "init_class",
    "language_of",
    "lateness",
    "lessons_of",
    "load_config",
    "load_settings",
    "open_api",
    "parse_time",
    "penalty",
    "read_ledger",
    "read_notebook",
    "read_receipt_list",
    "read_receipts",
    "read_record",
    "read_source",
    "read_submitted",
    "receipt_of_file",
    "received_time",
    "resolve_lesson",
    "set_due_date",
    "student_id",
    "students_with",
    "submitted_notebook",
    "write_ledger",
    "write_marks",
    "write_receipts",
    "write_record",
]
