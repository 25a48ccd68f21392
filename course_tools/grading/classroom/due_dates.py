"""How late a submission is, and what that costs.

The due date is in nbgrader's gradebook, with any extensions granted there. The time of receipt
comes from the instructor (`receipts.py`). The rule is the class's (`settings.py`): each day begun
after the due date costs a share of the score that was reached, up to a maximum. So a penalty can't
make a score negative, or take away points that were not earned.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from course_tools.grading.classroom.directory import resolve_lesson
from course_tools.grading.classroom.nbgrader_api import open_api
from course_tools.grading.classroom.receipts import Receipt
from course_tools.grading.classroom.settings import Settings

DAY = 86_400


@dataclass(frozen=True)
class Lateness:
    """The due date and the time of receipt (aware, or None), and the seconds between them.

    `seconds` is 0 when it was in time, and None when there is no due date or it isn't known.
    """

    due: datetime | None = None
    received: datetime | None = None
    seconds: float | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether there is a due date, but no telling whether it was met."""
        return self.due is not None and self.seconds is None


def lateness(due: datetime | None, receipt: Receipt | None) -> Lateness:
    """Compare a due date with the receipt of the file that counts, if there is one."""
    if receipt is None:
        return Lateness(due)
    if receipt.received is not None:
        late = max(0.0, (receipt.received - due).total_seconds()) if due else None
        return Lateness(due, receipt.received, late)
    in_time = due is not None and receipt.collected <= due
    return Lateness(due, None, 0.0 if in_time else None)


def penalty(settings: Settings, score: float, seconds_late: float | None) -> float:
    """Return the points that are taken off `score`: 0 to `score`."""
    late = seconds_late or 0.0
    if score <= 0 or late <= 60 * settings.late_penalty_grace_minutes:
        return 0.0
    share = settings.late_penalty_per_day * math.ceil(late / DAY)
    return min(score, score * min(share, settings.late_penalty_maximum))


def set_due_date(directory: Path, lesson: str, due: datetime | None) -> str:
    """Set or remove (None) a lesson's due date in the gradebook; return the lesson's id.

    Raises:
        CourseError: DIR or the lesson is unknown.
    """
    lesson = resolve_lesson(directory, lesson)
    text = due.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC") if due else None
    with open_api(directory) as api, api.gradebook as gradebook:
        gradebook.update_or_create_assignment(lesson, duedate=text)
    return lesson


def from_gradebook(moment: datetime | None) -> datetime | None:
    """Return an aware moment from one of the gradebook, which keeps naive times in UTC."""
    return moment.replace(tzinfo=UTC) if moment else None
