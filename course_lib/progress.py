"""What a learner has done and what is next, kept in one file on the learner's own machine.

In a notebook a check that names its lesson is noted here when it passes or fails. Nothing is sent
anywhere, and no mark depends on it.

The file holds one JSON object a line and only ever grows: a line is appended in one write, so that
two notebooks can note something at once, and damage costs the damaged lines only. Lines that name a
"kind" are somebody else's, such as guesses (`predictions.py`), and are passed over here.
"""

import errno
import functools
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import platformdirs

from course_lib.language import _, current, later
from course_lib.plumbing import APPLICATION

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

VARIABLE = "COURSE_PROGRESS"
OFF = "off"
# What exercises were noted as before they were noted by name: the N-th here as "Exercise N" (that
# of lesson 00 by its title). New exercises may take these numbers; old files keep their meaning.
# The lessons, too, are numbered as they were then.
_NAMES_BY_NUMBER = {
    "00": ("dense_parameters",),
    "01": ("theta_size", "f", "neighbours", "early_stopping", "draws_needed"),
    "02": ("build_decoder", "pca_give_back", "walk", "noisy_pair", "probe", "clear_differences"),
    "03": ("discriminator_loss", "generator_gradients", "coverage", "build_views", "nt_xent"),
    "04": ("relative_change", "combine", "effective_rank", "cut_to_rank", "audit"),
    "05": ("caffe_preprocess", "build_classifier", "braked_head", "unfreeze", "verdict"),
    "06": (
        "confusion",
        "precision_and_recall",
        "f1_averages",
        "cheapest_threshold",
        "leaked",
        "f1_difference_interval",
    ),
    "07": (
        "labels_and_weights",
        "stratified_split",
        "balanced_weights",
        "day_at_the_plant",
        "heat_map",
    ),
    "08": ("latency", "knn_accuracy", "pareto_front", "labels_needed", "as_good_as_best", "choose"),
}
_TITLE_IN_LESSON_00 = "Count the parameters"
# Lesson 06 was divided in two, and what had been 07 and 08 moved up. Files of before name the old
# numbers; since no two lessons share the name of an exercise, the name tells the number of today.
_RENUMBERED = ("06", "07", "08")

SOME_DONE = later("Lesson {lesson}: {done} of {total} exercises done; next: {next}.")
ALL_DONE = later("Lesson {lesson}: all exercises are done.")
WRITTEN_LEFT = later("What is left is the written question, which no check can read.")
OWN_LESSON = later("Lesson {lesson}: exercises done so far: {done}.")
DONE_BEFORE = later("{exercise} was right before and still counts as done.")
NEXT = later("Next: lesson {lesson}, {exercise}.")
COURSE_DONE = later("All exercises of all lessons are done.")
KEPT = later("Kept in {file}; nothing is sent anywhere.")
NOT_KEPT = later("Progress is not kept, because the environment variable COURSE_PROGRESS is 'off'.")
NO_ACCESS = later(
    "Your progress can't be kept in {file} ({reason}); checks work without it. To keep it in "
    "another file, name one in the environment variable COURSE_PROGRESS and start again."
)
DAMAGED = later(
    "Lines of {file} that can't be read are left out: {count}. Remove them, or delete the file to "
    "start afresh."
)


class Attempt(NamedTuple):
    """That a check passed or failed.

    `lesson` is a number such as "05". `exercise` is a name, which stays when a title is changed or
    translated; in a lesson that is not the course's, it is the title.
    """

    lesson: str
    exercise: str
    passed: bool


@dataclass(frozen=True)
class Outline:
    """What a lesson of the course holds: its title, its graded exercises, a question.

    `exercises` are titles by name, in order.
    """

    title: str
    exercises: Mapping[str, str]
    written: bool


@dataclass(frozen=True)
class History:
    """What a progress file says: each different attempt once, oldest first, and damaged lines."""

    attempts: tuple[Attempt, ...] = ()
    damaged: int = 0

    def done(self, lesson: str) -> list[str]:
        """Return the exercises of a lesson that were right at least once, as in `Attempt`.

        What is done stays done, even when the check fails later: progress tells what a learner
        has worked through, and a fresh copy of a lesson, or one more try, takes nothing away.
        """
        return [each.exercise for each in self.attempts if each.lesson == lesson and each.passed]

    def left(self, lesson: str) -> list[str]:
        """Return the titles of a course's lesson's exercises that were never right, in order."""
        done = set(self.done(lesson))
        exercises = outlines()[lesson].exercises
        return [title for name, title in exercises.items() if name not in done]

    def next(self) -> tuple[str, str] | None:
        """Return lesson and title of the exercise to go on with, None when all is done.

        That is in the lesson that something happened in last, or else in the first that has
        something left.
        """
        begun = [each.lesson for each in self.attempts if each.lesson in outlines()]
        for lesson in [*begun[-1:], *outlines()]:
            if left := self.left(lesson):
                return lesson, left[0]
        return None


def progress_file() -> Path | None:
    """Return where progress is kept: `$COURSE_PROGRESS`, or a file of the user's; None when off."""
    configured = os.environ.get(VARIABLE)
    if configured == OFF:
        return None
    return Path(configured or Path(platformdirs.user_data_dir(APPLICATION)) / "progress.jsonl")


def file_to_note_in() -> Path | None:
    """Return where this process notes things; None when off, or outside a notebook."""
    return progress_file() if _in_a_notebook() else None


def outlines() -> dict[str, Outline]:
    """Return the course's lessons by number, with their titles in the language in use."""
    return _outlines_in(current())


@functools.cache
def _outlines_in(language: str) -> dict[str, Outline]:
    found = {}
    for lesson, each in _lessons().items():
        titles = {**each, **each.get("languages", {}).get(language, {})}
        found[lesson] = Outline(titles["title"], titles["exercises"], each["written"])
    return found


@functools.cache
def _lessons() -> dict[str, Any]:
    """Return `lessons.json`, which `course build` writes from the lessons' sources."""
    text = Path(__file__).with_name("lessons.json").read_text(encoding="utf-8")
    return json.loads(text)


def note(lesson: str, title: str, passed: bool) -> str:
    """Note what a check came to, and return a line that says where the learner is in the lesson.

    Outside a notebook, so wherever marks are computed, and when progress is off, nothing is noted
    and the line is empty. A file that can't be used makes another line, and no error.
    """
    file = file_to_note_in()
    if file is None:
        return ""
    attempt = Attempt(*_exercise_of_today(lesson, title), passed)
    try:
        before = read(file)
        if attempt not in before.attempts:
            append(file, attempt._asdict())
    except OSError as error:
        return _(NO_ACCESS).format(file=file, reason=error.strerror or error)
    return state_of_lesson(attempt, History((*before.attempts, attempt), before.damaged), file)


def state_of_lesson(attempt: Attempt, history: History, file: Path) -> str:
    """Return the line that is shown after an attempt."""
    lesson, exercise, passed = attempt
    outline = outlines().get(lesson)
    if outline is None or exercise not in outline.exercises:
        sentences = [_(OWN_LESSON).format(lesson=lesson, done=len(set(history.done(lesson))))]
    elif left := history.left(lesson):
        total = len(outline.exercises)
        sentences = [
            _(SOME_DONE).format(lesson=lesson, done=total - len(left), total=total, next=left[0])
        ]
    else:
        sentences = [_(ALL_DONE).format(lesson=lesson)]
        sentences += [_(WRITTEN_LEFT)] if outline.written else []
    if not passed and exercise in history.done(lesson):
        title = outline.exercises.get(exercise, exercise) if outline else exercise
        sentences.append(_(DONE_BEFORE).format(exercise=title))
    if history.damaged:
        sentences.append(_(DAMAGED).format(file=file, count=history.damaged))
    return " ".join(sentences)


def read(file: Path) -> History:
    """Return what a progress file says; one that does not exist yet says nothing.

    Raises:
        OSError: it can't be read.
    """
    records, damaged = read_records(file)
    found = [_attempt(record) for record in records if "kind" not in record]
    good = [each for each in found if each is not None]
    return History(tuple(dict.fromkeys(good)), damaged + len(found) - len(good))


def read_records(file: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the JSON objects of a progress file in order, and how many lines hold none.

    Raises:
        OSError: it can't be read.
    """
    try:
        lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    except FileNotFoundError:
        return [], 0
    records = [record for record in map(_object, lines) if record is not None]
    return records, len(lines) - len(records)


def append(file: Path, record: Mapping[str, Any]) -> None:
    """Append a record to a progress file, with the time.

    Raises:
        OSError: it can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {**record, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    # The line break comes first, so that a line that was cut off by a full disk spoils no other.
    line = f"\n{json.dumps(record, ensure_ascii=False)}".encode()
    with open(file, "ab", buffering=0) as stream:
        if stream.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def show(console: "Console | None" = None) -> None:
    """Print all lessons with what is done, and what comes next, in a notebook or a terminal."""
    from rich.console import Console

    file = progress_file()
    try:
        history = read(file) if file else History()
    except OSError as error:
        print(_(NO_ACCESS).format(file=file, reason=error.strerror or error))
        return
    following = history.next()
    lines = [_(COURSE_DONE)]
    if following:
        lines = [_(NEXT).format(lesson=following[0], exercise=following[1])]
    lines.append(_(KEPT).format(file=file) if file else _(NOT_KEPT))
    if history.damaged:
        lines.append(_(DAMAGED).format(file=file, count=history.damaged))
    (console or Console()).print(table(history))
    print("\n".join(lines))


def table(history: History) -> "Table":
    """Return one row for each lesson: its title, how many exercises are done, and the next one."""
    from rich.table import Table

    rows = Table(_("lesson"), _("done"), _("next"))
    for lesson, outline in outlines().items():
        total, left = len(outline.exercises), history.left(lesson)
        done = _("{done} of {total}").format(done=total - len(left), total=total)
        rows.add_row(outline.title, done, left[0] if left else "✓")
    for lesson in sorted({each.lesson for each in history.attempts} - set(outlines())):
        rows.add_row(lesson, str(len(set(history.done(lesson)))), "")
    return rows


def _name(lesson: str, title: str) -> str:
    """Return the name of the exercise with this title in any language, or else the title."""
    outline = _lessons().get(lesson, {"exercises": {}})
    for titles in (outline, *outline.get("languages", {}).values()):
        for name, each in titles["exercises"].items():
            if each == title:
                return name
    return title


def _exercise_of_today(lesson: str, title: str) -> tuple[str, str]:
    """Return number and name that today's course knows a check by, from what its cell calls it.

    A notebook that was handed out before lessons were renumbered has checks of the old number.
    What tells it from today's notebook of that number is which exercise's function it defines.
    """
    name, before = _name(lesson, title), _name_before(lesson, title)
    defined = _names_in_the_notebook()
    if lesson in _RENUMBERED and before in defined and name not in defined:
        return _lesson_now(lesson, before), before
    return lesson, name


def _name_before(lesson: str, noted: str) -> str:
    """Return the name of an exercise that a file may have noted by its title, as all once did."""
    names = _NAMES_BY_NUMBER.get(lesson, ())
    by_title = {f"Exercise {number}": name for number, name in enumerate(names, 1)}
    if lesson == "00":
        by_title = {_TITLE_IN_LESSON_00: names[0]}
    return by_title.get(noted, noted)


def _lesson_now(lesson: str, exercise: str) -> str:
    """Return the number that a lesson of the course has today, from what a file calls it."""
    if lesson not in _RENUMBERED:
        return lesson
    holders = (number for number, each in outlines().items() if exercise in each.exercises)
    return next(holders, lesson)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _attempt(record: Mapping[str, Any]) -> Attempt | None:
    lesson, exercise, passed = (record.get(field) for field in Attempt._fields)
    if isinstance(lesson, str) and isinstance(exercise, str) and isinstance(passed, bool):
        name = _name_before(lesson, exercise)
        return Attempt(_lesson_now(lesson, name), name, passed)
    return None


def _in_a_notebook() -> bool:
    """Tell whether an IPython kernel runs this; neither a grader nor a script is one."""
    return getattr(_shell(), "kernel", None) is not None


def _names_in_the_notebook() -> Collection[str]:
    return getattr(_shell(), "user_ns", ())


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
