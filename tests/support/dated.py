"""A class whose submissions were received at given times."""

from datetime import UTC, datetime, timedelta

from marked import give
from tiny import LESSON, submitted

from course_tools.grading.classroom import (
    Receipt,
    read_receipts,
    write_receipts,
)
from course_tools.grading.run import grade

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# -- in a class ------------------------------------------------------------------------------------


def decided(directory, *students, lesson=LESSON):
    """Grade what students handed in, and give full marks for the written answer."""
    grade(directory, lesson, students=students)
    for student in students:
        give(directory, lesson, student, "why", score=3.0)


def with_rule(directory):
    config = directory / "nbgrader_config.py"
    config.write_text(
        config.read_text().replace("late_penalty_per_day = 0.0", "late_penalty_per_day = 0.25")
    )


def receive(directory, student, received, collected=NOON + 30 * DAY):
    import hashlib

    digest = hashlib.sha256(submitted(directory, student).read_bytes()).hexdigest()
    receipts = read_receipts(directory, LESSON)
    write_receipts(directory, LESSON, receipts | {student: Receipt(digest, collected, received)})
