"""Where a class stands, lesson by lesson, and what the instructor does next.

`class_status` is the entry point. It reads what `marks.py` says about every submission, so that its
numbers agree with feedback and export.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from course_tools.grading.classroom import lessons_of, open_api
from course_tools.grading.results.marks import (
    WITHOUT_RESULT,
    LessonMark,
    MarkStatus,
    read_marks,
)


@dataclass(frozen=True)
class LessonStatus:
    """How many submissions to a lesson have got how far; each number counts people.

    Attributes:
        released: whether `DIR/release` holds the students' version.
        in_exchange: whether students can fetch it from nbgrader's exchange.
        to_collect: are in the exchange and not collected yet.
        submitted: handed in and collected.
        graded: of these, have been through the grader since they were handed in.
        need_person: of these, wait for a person; `waiting` says for what: how many "written",
            "undecided", "unreadable" and "second look" (questions, or files).
        late, lateness_unknown: were handed in after the due date; may have been.
        pages: of those graded, have a page of feedback.
        short: what commands may call the lesson: its number, unless others have the same.
    """

    lesson: str
    released: bool
    in_exchange: bool = False
    to_collect: int = 0
    submitted: int = 0
    graded: int = 0
    need_person: int = 0
    waiting: tuple[tuple[str, int], ...] = ()
    late: int = 0
    lateness_unknown: int = 0
    pages: int = 0
    short: str = ""

    @property
    def next_step(self) -> str:
        """What the instructor does next, in one line."""
        if not self.released:
            return "Release it."
        if self.to_collect:
            return "Collect it."
        if not self.submitted:
            return "Wait for students." if self.in_exchange else "Hand it out."
        if self.graded < self.submitted:
            return f"course grade DIR {self.short or self.lesson}"
        if self.need_person:
            return "Formgrader: " + ", ".join(f"{n} {what}" for what, n in self.waiting)
        if self.pages < self.graded:
            return f"course feedback DIR {self.short or self.lesson}"
        return "course export DIR"


def class_status(directory: Path) -> list[LessonStatus]:
    """Return where each lesson of a class stands, by lesson.

    Raises:
        CourseError: DIR is not a class directory, or a file in it is damaged.
    """
    directory = Path(directory)
    lessons = lessons_of(directory)
    marks: dict[str, list[LessonMark]] = {lesson: [] for lesson in lessons}
    for mark in read_marks(directory, lessons):
        if mark.status is not MarkStatus.MISSING:
            marks[mark.lesson].append(mark)
    from course_tools.grading.classroom.exchange import count_to_collect

    with open_api(directory) as api:
        in_exchange = api.get_released_assignments()
        to_collect = count_to_collect(api, lessons)
    statuses = [
        _status(directory, lesson, marks[lesson], lesson in in_exchange, to_collect.get(lesson, 0))
        for lesson in lessons
    ]
    return [replace(each, short=_short(each.lesson, lessons)) for each in statuses]


def _short(lesson: str, lessons: Iterable[str]) -> str:
    number = lesson.partition("_")[0]
    return number if sum(each.startswith(number) for each in lessons) == 1 else lesson


def _status(
    directory: Path, lesson: str, marks: list[LessonMark], in_exchange: bool, to_collect: int
) -> LessonStatus:
    graded = [mark for mark in marks if mark.status not in WITHOUT_RESULT]
    waiting = [mark for mark in graded if mark.needs_person]
    return LessonStatus(
        lesson,
        released=(directory / "release" / lesson / f"{lesson}.ipynb").is_file(),
        submitted=len(marks),
        graded=len(graded),
        need_person=len(waiting),
        waiting=_what_waits(waiting),
        late=sum(bool(mark.lateness.seconds) for mark in marks),
        lateness_unknown=sum(mark.lateness.is_unknown for mark in marks),
        pages=sum(_page(directory, mark).is_file() for mark in graded),
        in_exchange=in_exchange,
        to_collect=to_collect,
    )


def _what_waits(marks: Iterable[LessonMark]) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for mark in marks:
        open_questions = [question for question in mark.questions if question.score is None]
        is_unreadable = mark.status is MarkStatus.UNREADABLE
        if is_unreadable:
            counts["unreadable"] += 1
        elif not open_questions:
            counts["second look"] += 1
        for question in () if is_unreadable else open_questions:
            counts["written" if question.is_written else "undecided"] += 1
    return tuple(counts.items())


def _page(directory: Path, mark: LessonMark) -> Path:
    return directory / "feedback" / mark.student / mark.lesson / f"{mark.lesson}.html"
