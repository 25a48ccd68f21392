"""What a learner guessed before a result was shown, kept beside the progress and set against it.

A guess and what came out are lines of the progress file (`progress.py`), under its rules: they stay
on the learner's own machine, and no mark depends on them. Outside a notebook, when progress is off,
and when the file can't be used, they are remembered until the process ends.

The guess that counts is the last one that was made before its result was first shown; from then on
it stays as it is. A guess that comes later is kept as a late one.
"""

import math
import numbers
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple

from course_lib import progress
from course_lib.errors import CourseError
from course_lib.language import _, later

if TYPE_CHECKING:
    from rich.table import Table

Value = float | str

NOTED = later("Noted: {question}: {guess}.")
NOTED_LATE = later("Noted: {question}: {guess}, a guess from after the result was shown.")
STAYS = later("{question}: your guess stays {guess}, since its result has been shown.")
NOT_NOTED = later("Not noted: {question}: your guess should be {wanted}; it reads {given}.")
A_NUMBER = later("a number")
FROM_TO = later("a number from {low} to {high}")
AT_LEAST = later("a number of {low} or more")
AT_MOST = later("a number of {high} or less")
ONE_OF = later("one of {choices}, in quotes")
NO_QUOTES = later("Numbers stand without quotes.")
ONE_POINT = later("Python writes a decimal point, as in 0.5, where some languages write a comma.")
AS_A_SHARE = later("{percent} % is written {share}.")

COLUMNS = (
    later("question"),
    later("you guessed"),
    later("it came out as"),
    later("the guess was"),
)
LATE = later("(after the result)")
RESULT = later(
    "{question}: you guessed {guess}, and it came out as {outcome}; the guess was {off}."
)
RIGHT = later("right")
WRONG = later("wrong")
TOO_LARGE = later("too large by {amount}")
TOO_SMALL = later("too small by {amount}")
FACTOR = later("a factor of {factor}")

NO_GUESSES = later(
    "There are no guesses of yours for lesson {lesson}, and that costs nothing. If you come back "
    "to it, try some: a result stays in mind better when you have guessed it first, even if "
    "the guess was wrong."
)
NONE_IN_TIME = later(
    "No guess here was made before its result was shown, so they can't tell what you had expected. "
    "In the next lesson, guess first and run the cell then."
)
HOW_MANY_NEAR = later("Right, or off by less than a tenth: {near} of {all}.")
FARTHEST = later(
    "The farthest off: {question}. From that one you can learn most: what did you take for granted "
    "that turned out otherwise? Say it in a sentence before you go on."
)
ALL_NEAR = later("You know what to expect here. Which result would have surprised you?")
NO_ACCESS = later(
    "Your guesses can't be kept in {file} ({reason}); they are remembered until this notebook is "
    "closed. To keep them in another file, name one in the environment variable "
    "COURSE_PROGRESS and start again."
)

NEAR = 0.1  # of the range, or of the larger number where there is no range
_PLAIN_FACTOR = 2  # from here on "a factor of 2.5" is easier to grasp than a percentage


class Note(NamedTuple):
    """A line of the file: `kind` is "guess" or "outcome".

    `span` is the width of the range that the guess had to lie in, None where it had none.
    """

    kind: str
    lesson: str
    question: str
    value: Value
    span: float | None


@dataclass(frozen=True)
class Prediction:
    """A question with the guess that counts and what came out.

    Attributes:
        question: what was to be guessed.
        guess: a number, or one of the words to choose from; None where there is none yet.
        outcome: the same kind of thing, the one that was shown last.
        late: whether the guess was made after an outcome had been shown.
        span: the width of the range that the guess had to lie in, None where it had none.
    """

    question: str
    guess: Value | None = None
    outcome: Value | None = None
    late: bool = False
    span: float | None = None

    def after(self, note: Note) -> "Prediction":
        """Return what a further note makes of this."""
        if note.kind == "outcome":
            return replace(self, outcome=note.value, span=note.span)
        if self.outcome is None:
            return replace(self, guess=note.value, span=note.span)
        if self.guess is None or self.late:
            return replace(self, guess=note.value, span=note.span, late=True)
        return self

    def distance(self) -> float | None:
        """Return how far off the guess is: 0 = right, 1 = the whole range; None = can't be told.

        Without a range it is the difference in units of the larger number.
        """
        if self.guess is None or self.outcome is None:
            return None
        if isinstance(self.guess, str) or isinstance(self.outcome, str):
            return float(self.guess != self.outcome)
        unit = self.span or max(abs(self.guess), abs(self.outcome)) or 1.0
        return abs(self.guess - self.outcome) / unit


@dataclass(frozen=True)
class Guess:
    """A learner's guess, in the cells of a lesson; the function `guess` makes it.

    Attributes:
        lesson: a number such as "05".
        question: what is guessed.
        value: the guess that counts, for plots; None where there is none.
        among: the words that it is chosen from, empty where it is a number.
        span: the width of the range that it has to lie in, None where it has none.
    """

    lesson: str
    question: str
    value: Value | None
    among: tuple[str, ...]
    span: float | None

    def came_out(self, outcome: Any) -> None:
        """Note what came out, and print it beside the guess, where there is one.

        Args:
            outcome: a number of any type, or one of the words to choose from.

        Raises:
            CourseError: it is neither.
        """
        if isinstance(outcome, numbers.Real) and not math.isfinite(outcome):
            return  # it comes from an exercise that is not right yet
        value = _chosen(outcome, self.among) if self.among else _number(outcome)
        if value is None:
            if self.among:
                problem = _('"{question}" came out as {outcome}, not as one of {choices}.')
            else:
                problem = _('"{question}" came out as {outcome}, not as a finite number.')
            words = {"question": self.question, "outcome": repr(outcome), "choices": self.among}
            raise CourseError(problem.format(**words))
        prediction, trouble = _add(Note("outcome", self.lesson, self.question, value, self.span))
        if prediction.guess is not None:
            words = {"question": self.question, "guess": shown_guess(prediction)}
            print(_(RESULT).format(**words, outcome=shown(value), off=off(prediction)))
            _say(trouble)


def guess(
    lesson: str,
    question: str,
    value: Any,
    *more: Any,
    low: float | None = None,
    high: float | None = None,
    among: Iterable[str] = (),
) -> Guess:
    """Take a learner's guess, and print what has become of it.

    Nothing that a learner writes raises an error: a guess that can't be used is named, with what is
    wanted, and is not noted.

    Args:
        lesson: a number such as "05".
        question: what is guessed, with its unit; by it the guess is found again.
        value: a number or one of `among`; `...` for no guess, which keeps an earlier one.
        more: nothing; a decimal comma ends up here.
        low: the smallest number that makes sense.
        high: the largest one.
        among: words to choose from, where it is not a number.
    """
    among = tuple(among)
    span = None if low is None or high is None else high - low
    usable, complaint = None, ""
    if not isinstance(value, EllipsisType):
        usable = _chosen(value, among) if among else _number(value, low, high)
        if more or usable is None:
            usable, complaint = None, _complaint(question, (value, *more), low, high, among)
    if usable is None:
        _say(complaint)
        standing = _kept().prediction(lesson, question)
    else:
        standing, trouble = _add(Note("guess", lesson, question, usable, span))
        changed_too_late = standing.guess != usable
        template = STAYS if changed_too_late else NOTED_LATE if standing.late else NOTED
        print(_(template).format(question=question, guess=shown(standing.guess)))
        _say(trouble)
    return Guess(lesson, question, standing.guess, among, span)


def review(lesson: str) -> None:
    """Print each question of a lesson with the guess, what came out, and how far off it was."""
    from rich.console import Console

    kept = _kept()
    predictions = kept.of_lesson(lesson)
    if all(each.guess is None for each in predictions):
        print(_(NO_GUESSES).format(lesson=lesson))
    else:
        Console().print(table(predictions))
        print(summary(predictions))
        if kept.file and not kept.trouble:
            print(_(progress.KEPT).format(file=kept.file))
    if kept.damaged:
        print(_(progress.DAMAGED).format(file=kept.file, count=kept.damaged))
    _say(kept.trouble)


def table(predictions: Iterable[Prediction]) -> "Table":
    """Return one row for each question."""
    from rich.table import Table

    rows = Table(*map(_, COLUMNS))
    for each in predictions:
        rows.add_row(each.question, shown_guess(each), shown(each.outcome), off(each))
    return rows


def summary(predictions: Iterable[Prediction]) -> str:
    """Return what the guesses that were made in time have to teach."""
    in_time = [(each.distance(), each) for each in predictions if not each.late]
    known = [(distance, each) for distance, each in in_time if distance is not None]
    if not known:
        return _(NONE_IN_TIME)
    near = sum(distance <= NEAR for distance, _ in known)
    farthest, prediction = max(known, key=lambda entry: entry[0])
    if farthest > NEAR:
        lesson_learnt = _(FARTHEST).format(question=prediction.question)
    else:
        lesson_learnt = _(ALL_NEAR)
    return f"{_(HOW_MANY_NEAR).format(near=near, all=len(known))} {lesson_learnt}"


def shown(value: Value | None) -> str:
    """Return a value as it is printed; "–" where there is none."""
    if value is None or isinstance(value, str):
        return value or "–"
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"


def shown_guess(prediction: Prediction) -> str:
    """Return the guess as it is printed, with a remark if it came late."""
    late = prediction.late and prediction.guess is not None
    return f"{shown(prediction.guess)} {_(LATE)}" if late else shown(prediction.guess)


def off(prediction: Prediction) -> str:
    """Return in words how far off a guess is, empty where that can't be told."""
    guessed, outcome = prediction.guess, prediction.outcome
    if guessed is None or outcome is None:
        return ""
    if isinstance(guessed, str) or isinstance(outcome, str):
        return _(RIGHT) if guessed == outcome else _(WRONG)
    if shown(guessed) == shown(outcome):
        return _(RIGHT)
    smaller, larger = sorted((guessed, outcome))
    if prediction.span is not None or smaller <= 0:
        amount = shown(larger - smaller)
    elif larger >= _PLAIN_FACTOR * smaller:
        amount = _(FACTOR).format(factor=shown(float(f"{larger / smaller:.2g}")))
    else:
        amount = f"{100 * (larger - smaller) / outcome:.0f} %"
    return _(TOO_LARGE if guessed > outcome else TOO_SMALL).format(amount=amount)


def read(file: Path) -> tuple[list[Note], int]:
    """Return the guesses and outcomes in a progress file, and how many lines can't be read.

    Raises:
        OSError: it can't be read.
    """
    records, damaged = progress.read_records(file)
    notes = [_note(record) for record in records if record.get("kind") in ("guess", "outcome")]
    good = [note for note in notes if note is not None]
    return good, damaged + len(notes) - len(good)


class _Kept(NamedTuple):
    """What is known at the moment, from the file and from this process; `trouble` is a message."""

    file: Path | None
    notes: tuple[Note, ...]
    damaged: int
    trouble: str

    def of_lesson(self, lesson: str) -> list[Prediction]:
        """Return a lesson's questions, in the order in which they were first noted."""
        found: dict[str, Prediction] = {}
        for note in self.notes:
            if note.lesson == lesson:
                before = found.get(note.question, Prediction(note.question))
                found[note.question] = before.after(note)
        return list(found.values())

    def prediction(self, lesson: str, question: str) -> Prediction:
        """Return one question, which may be new."""
        found = (each for each in self.of_lesson(lesson) if each.question == question)
        return next(found, Prediction(question))


_only_here: list[Note] = []  # what was not to be written to the file, or could not be


def _kept() -> _Kept:
    file = progress.file_to_note_in()
    try:
        notes, damaged = read(file) if file else ([], 0)
    except OSError as error:
        return _Kept(file, tuple(_only_here), 0, _no_access(file, error))
    return _Kept(file, (*notes, *_only_here), damaged, "")


def _add(note: Note) -> tuple[Prediction, str]:
    """Note something, and return what is now known of its question, and a message or ""."""
    kept = _kept()
    before, trouble = kept.prediction(note.lesson, note.question), kept.trouble
    after = before.after(note)
    if after == before:
        return after, trouble
    if kept.file and not trouble:
        try:
            progress.append(kept.file, note._asdict())
            return after, ""
        except OSError as error:
            trouble = _no_access(kept.file, error)
    _only_here.append(note)
    return after, trouble


def _no_access(file: Path | None, error: OSError) -> str:
    return _(NO_ACCESS).format(file=file, reason=error.strerror or error)


def _note(record: Mapping[str, Any]) -> Note | None:
    kind, lesson, question, value, span = (record.get(field) for field in Note._fields)
    if not all(isinstance(text, str) for text in (kind, lesson, question)):
        return None
    value = value if isinstance(value, str) else _number(value)
    width = None if span is None else _number(span)
    if value is None or (span is not None and width is None):
        return None
    return Note(str(kind), str(lesson), str(question), value, width)


def _number(value: Any, low: float | None = None, high: float | None = None) -> float | None:
    """Return a finite number in the range as a float of six digits (or an integer), or None."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    inside = (low is None or number >= low) and (high is None or number <= high)
    if not math.isfinite(number) or not inside:
        return None
    # Further digits differ from one run to the next, and nobody guesses them.
    return number if number.is_integer() else float(f"{number:.6g}")


def _chosen(value: Any, among: tuple[str, ...]) -> str | None:
    """Return the word that is meant, or None."""
    if not isinstance(value, str):
        return None
    return next((word for word in among if word.casefold() == value.strip().casefold()), None)


def _complaint(
    question: str,
    given: tuple[Any, ...],
    low: float | None,
    high: float | None,
    among: tuple[str, ...],
) -> str:
    """Return what is wrong with a guess that can't be used, and what is wanted."""
    if among:
        wanted = _(ONE_OF).format(choices=", ".join(f'"{word}"' for word in among))
    elif low is not None and high is not None:
        wanted = _(FROM_TO).format(low=shown(float(low)), high=shown(float(high)))
    elif low is not None:
        wanted = _(AT_LEAST).format(low=shown(float(low)))
    else:
        wanted = _(A_NUMBER) if high is None else _(AT_MOST).format(high=shown(float(high)))
    told = ", ".join(map(reprlib.repr, given))
    sentences = [_(NOT_NOTED).format(question=question, wanted=wanted, given=told)]
    if len(given) > 1 and not among:
        sentences.append(_(ONE_POINT))
    elif isinstance(given[0], str) and not among:
        sentences.append(_(NO_QUOTES))
    elif high == 1 and _number(given[0], 1, 100) is not None:
        share = shown(float(given[0]) / 100)
        sentences.append(_(AS_A_SHARE).format(percent=shown(float(given[0])), share=share))
    return " ".join(sentences)


def _say(message: str) -> None:
    if message:
        print(message)
