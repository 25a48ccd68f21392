"""What the check cells of the exercises call.

A check cell is a `with checks.exercise("recall"):` block of comparisons. A failed comparison says
the symptom (what the learner's code gave, for which input) and the likely cause, and never the
expected value. In a notebook only that message is shown, without a traceback; a grader sees an
ordinary exception.

Values are turned into plain numbers, strings and arrays before they are compared, so that an object
which claims to equal everything does not pass.
"""

import hashlib
import itertools
import linecache
import math
import reprlib
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn

import numpy as np

from course_lib import progress
from course_lib.language import _, later, wrapped

# Where `fresh_random` draws from; a grader sets it, so that grading twice gives the same mark.
_fresh_seeds = np.random.SeedSequence()

_MISSING_NAME = later(
    "a cell above has not been run. Run the cells above first (Run > Run All Above Selected Cell; "
    "on Colab: Runtime > Run before), then this one. If that does not help, the name is misspelt."
)

# Some 7 ms a seal: not felt by a check, which needs a few dozen of them.
_SEAL_ROUNDS = 20_000

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


class CheckFailed(AssertionError):
    """A check found something wrong; the message is written for the learner.

    `progress` says where the learner is in the lesson. It is shown in a notebook and is not part
    of the message, which a grader keeps.
    """

    progress = ""

    def _render_traceback_(self) -> list[str]:
        # IPython shows what this returns in place of the traceback. Validate cuts longer lines off.
        shown = [*str(self).splitlines(), *self.progress.splitlines()]
        return [line for long in shown for line in wrapped(long, 80, "  ")]


@contextmanager
def exercise(title: str, lesson: str = "") -> Iterator[None]:
    """Run the checks of one exercise: print a line when all hold, explain the first that does not.

    An exception in the learner's code becomes a `CheckFailed` that names the learner's own line.
    In a notebook, what came out is noted in `course_lib.progress`, and a line says what is done of
    the lesson and what is next.

    Args:
        title: what the heading above calls it, such as "Exercise 3".
        lesson: the number that the lesson's name begins with, such as "05"; without it nothing is
            noted.

    Raises:
        CheckFailed: a comparison failed, or the learner's code raised.
    """
    try:
        with _explained(title):
            yield
    except CheckFailed as failure:
        if lesson:
            failure.progress = progress.note(lesson, title, passed=False)
        raise
    print(_("✓ {title}: correct.").format(title=title))
    if lesson and (state := progress.note(lesson, title, passed=True)):
        print(state)


@contextmanager
def _explained(title: str) -> Iterator[None]:
    try:
        yield
    except CheckFailed as failure:
        raise CheckFailed(_failed(title, str(failure))) from failure.__cause__
    except NotImplementedError as error:
        reason = _(
            "not written yet. Replace `raise NotImplementedError()` in the cell above "
            "with your answer, run that cell, then this one."
        )
        raise CheckFailed(_failed(title, reason)) from error
    except Exception as error:
        raise CheckFailed(_failed(title, _explain_exception(error))) from error


def _failed(title: str, reason: str) -> str:
    return _("✗ {title}: {reason}").format(title=title, reason=reason)


def fresh_random() -> np.random.Generator:
    """Return a generator for inputs that the learner has not seen.

    In a notebook they differ in every run. A grader draws them from its class's secret, for each
    student and exercise, so that they can't be guessed and yet are the same when it grades again.
    """
    return np.random.default_rng(_fresh_seeds.spawn(1)[0])


@contextmanager
def fresh_from(seed: int) -> Iterator[None]:
    """Let `fresh_random` draw from a seed, for a grader."""
    global _fresh_seeds
    before, _fresh_seeds = _fresh_seeds, np.random.SeedSequence(seed)
    try:
        yield
    finally:
        _fresh_seeds = before


def fail(symptom: str, cause: str = "") -> NoReturn:
    """Stop the check with `symptom` and, when known, its likely `cause`.

    Raises:
        CheckFailed: always.
    """
    if cause:
        symptom += "\n" + _("  Likely cause: {cause}").format(cause=cause)
    raise CheckFailed(symptom)


def true(condition: Any, symptom: str, cause: str = "") -> None:
    """Check a condition; `symptom` says what is seen when it does not hold.

    Raises:
        CheckFailed: `condition` is not `True` (or NumPy's true).
    """
    if not (isinstance(condition, bool | np.bool_) and bool(condition)):
        fail(symptom, cause)


def close(
    actual: Any,
    expected: Any,
    what: str,
    *,
    causes: Sequence[tuple[Any, str]] = (),
    otherwise: str = "",
    rtol: float = 1e-5,
    atol: float = 1e-8,
) -> None:
    """Check that `actual` is numerically `expected`: |actual - expected| <= atol + rtol |expected|.

    Args:
        actual: what the learner's code gave: a number, nested lists, a NumPy array or a tensor.
        expected: the right value, of the same shape. It is never shown. Where it is NaN, nothing
            is right.
        what: how the value came about, such as `"recall([[8, 2], [1, 9]])"`.
        causes: pairs (wrong value, the mistake that leads to it), tried in order.
        otherwise: the likely cause when none of `causes` fits.
        rtol: relative tolerance, without unit.
        atol: absolute tolerance, in the unit of the value.

    Raises:
        CheckFailed: wrong kind of value, wrong shape, NaN or too far away.
    """
    got = _numbers(actual, what)
    wanted = np.asarray(expected, dtype=np.float64)
    matching = [
        reason for value, reason in causes if _agree(got, np.asarray(value, float), rtol, atol)
    ]
    # An expected NaN was computed from an answer that is itself not a number.
    if _agree(got, wanted, rtol, atol) and not np.isnan(wanted).any():
        return
    cause = matching[0] if matching else otherwise
    if got.shape != wanted.shape:
        symptom = _("{what} has shape {shape}; the shape {needed} is needed.")
        fail(symptom.format(what=what, shape=got.shape, needed=wanted.shape), cause)
    if np.isnan(got).any():
        fail(_gave(what, _show(got)), cause or _("a division of zero by zero, or log of 0."))
    fail(_gave_wrongly(what, _show(got)), cause)


def equal(
    actual: Any,
    expected: Any,
    what: str,
    *,
    causes: Sequence[tuple[Any, str]] = (),
    otherwise: str = "",
) -> None:
    """Check that plain data (numbers, text, booleans, None, lists, tuples, dicts, sets) is equal.

    Lists and tuples count as the same; NumPy scalars and arrays count as their Python values.

    Raises:
        CheckFailed: `actual` is another value, or holds something that is not plain data.
    """
    got = _plain(actual, what)
    if got == _plain(expected, "the expected value"):
        return
    for wrong, reason in causes:
        if got == _plain(wrong, "a wrong value"):
            fail(_gave(what, _SHORT.repr(actual)), reason)
    fail(_gave_wrongly(what, _SHORT.repr(actual)), otherwise)


def unchanged(before: Any, after: Any, what: str) -> None:
    """Check that an argument, copied as `before`, was not modified by the call that got `after`.

    Raises:
        CheckFailed: the two differ.
    """
    if not np.array_equal(np.asarray(before), np.asarray(after)):
        fail(
            _("{what} was changed by your function.").format(what=what),
            _(
                "an in-place operation (`x -= …`, `x[...] = …`, or a library call that works in "
                "place). Running the cell twice then gives another result."
            ),
        )


@dataclass(frozen=True)
class Sealed:
    """The right answer to a judgement task, in a form that doesn't show it; `seal` makes it.

    Attributes:
        salt: what makes the seals of this task differ from those of others.
        names: what is to be judged or ordered, sorted.
        choices: what may be said of each name; empty where the names are to be ordered.
        whole: the seal of the right answer.
        causes: pairs (seal of a part of a wrong answer, the mistake that leads to it), sorted.
    """

    salt: str
    names: tuple[str, ...]
    choices: tuple[str, ...]
    whole: str
    causes: tuple[tuple[str, str], ...]


def seal(
    answer: dict[str, str] | Sequence[str],
    *,
    salt: str,
    choices: Sequence[str] = (),
    causes: Sequence[tuple[dict[str, str] | Sequence[str], str]] = (),
) -> Sealed:
    """Return the right answer to a judgement task as salted, slow digests (PBKDF2, SHA-256).

    A source calls it in its check cell, with a literal answer; the build writes the result in its
    place, so that neither the answer nor the part that a cause belongs to stands in a notebook.

    That keeps the answer from being read off the cell, and from being looked up in a table made
    for another task. It is no secret from somebody who writes a program: the names and choices
    are known, each part has a seal of its own, and trying all of them takes seconds.

    Args:
        answer: name -> choice, where each name is to be judged; the names in the right order,
            where they are to be ordered.
        salt: a text of this task's own, such as the exercise's name.
        choices: what may be said of a name, where each is to be judged.
        causes: pairs (part of a wrong answer, the mistake that leads to it). A part is a dict with
            some of the names, each wrong in itself, or a list of names in a wrong order.

    Raises:
        ValueError: a cause names what is right, or what nobody can answer.
    """
    names = tuple(sorted(answer))
    right = _parts(_normalized(answer))
    sealed: dict[str, str] = {}
    for wrong, reason in causes:
        allowed = set(wrong) <= set(names) and len(wrong) > isinstance(wrong, list | tuple)
        parts = _parts(_normalized(wrong))
        if not allowed or type(wrong) is not type(answer) or parts & right:
            raise ValueError(f"the cause {wrong!r} is no part of a wrong answer")
        sealed |= {_seal_of(part, salt): reason for part in parts}
    said = answer.values() if isinstance(answer, dict) else ()
    if not set(said) <= set(choices) or len(set(names)) < len(names):
        raise ValueError(f"{answer!r} holds what is none of {choices!r}, or a name twice")
    whole = _seal_of("; ".join(sorted(right)), salt)
    return Sealed(salt, names, tuple(choices), whole, tuple(sorted(sealed.items())))


def judged(actual: Any, right: Sealed, what: str, *, otherwise: str = "") -> None:
    """Check a judgement: a choice for each name, or the names in an order.

    Upper and lower case and surrounding spaces don't count. Where the answer is wrong, the learner
    is told one mistake that leads to a part of it, and not which part that is.

    Args:
        actual: what the learner's code gave: a dict, or a list, tuple or array of names.
        right: what `seal` made of the right answer.
        what: how the answer came about, such as `"judge_claims()"`.
        otherwise: the likely cause where none of the sealed ones fits.

    Raises:
        CheckFailed: `actual` is of the wrong kind, incomplete, or wrong.
    """
    if right.choices:
        answer: dict[str, str] | list[str] = _choices_of(actual, right, what)
    else:
        answer = _order_of(actual, right, what)
    parts = _parts(answer)
    if _seal_of("; ".join(sorted(parts)), right.salt) == right.whole:
        return
    given = {_seal_of(part, right.salt) for part in parts}
    cause = next((reason for sealed, reason in right.causes if sealed in given), otherwise)
    if right.choices:
        symptom = _("{what} judges at least one of them wrongly.")
    else:
        symptom = _("{what} places at least one of them wrongly.")
    fail(symptom.format(what=what), cause)


def _choices_of(actual: Any, right: Sealed, what: str) -> dict[str, str]:
    if not isinstance(actual, dict):
        symptom = _("{what} gave {kind}; a dict with a verdict for each is needed.")
        cause = _(
            "one possibility is a missing `return`. Names are {names}; possible verdicts are "
            "{choices}."
        )
        fail(
            symptom.format(what=what, kind=_kind(actual)),
            cause.format(names=", ".join(right.names), choices=", ".join(right.choices)),
        )
    pairs = [(_name(key, what), _name(value, what)) for key, value in dict.items(actual)]
    names = [name for name, _ in pairs]
    _require_each_once(names, right.names, what)
    unknown = sorted({value for _, value in pairs} - set(map(_normal, right.choices)))
    if unknown:
        symptom = _("{what} says {verdict} of one of them.")
        cause = _("possible verdicts are {choices}, and one has to be chosen.")
        fail(
            symptom.format(what=what, verdict=_SHORT.repr(unknown[0])),
            cause.format(choices=", ".join(right.choices)),
        )
    return dict(pairs)


def _order_of(actual: Any, right: Sealed, what: str) -> list[str]:
    if isinstance(actual, np.ndarray):
        actual = actual.tolist()
    if type(actual) not in (list, tuple):
        symptom = _("{what} gave {kind}; a list of names in their order is needed.")
        fail(
            symptom.format(what=what, kind=_kind(actual)),
            _("one possibility is a missing `return`; another is a set, which has no order."),
        )
    names = [_name(item, what) for item in actual]
    _require_each_once(names, right.names, what)
    return names


def _require_each_once(names: list[str], wanted: Sequence[str], what: str) -> None:
    known = {_normal(name): name for name in wanted}
    unknown = [name for name in names if name not in known]
    missing = [name for key, name in known.items() if key not in names]
    if unknown or missing or len(names) != len(known):
        if unknown:
            symptom = _("{what} names {name}, which isn't asked for.")
        elif missing:
            symptom = _("{what} leaves out {names}.")
        else:
            symptom = _("{what} names one of them twice.")
        name = _SHORT.repr(unknown[0]) if unknown else ""
        cause = _("each of these is needed once: {names}.")
        fail(
            symptom.format(what=what, name=name, names=", ".join(missing)),
            cause.format(names=", ".join(wanted)),
        )


def _name(value: Any, what: str) -> str:
    if type(value) is np.str_:
        value = value.item()
    if type(value) is not str:
        symptom = _("{what} holds {kind} where text is needed.")
        fail(symptom.format(what=what, kind=_kind(value)), _("quotes may be missing."))
    return _normal(value)


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()


def _normalized(answer: Any) -> dict[str, str] | list[str]:
    if isinstance(answer, dict):
        return {_normal(name): _normal(choice) for name, choice in answer.items()}
    return [_normal(name) for name in answer]


def _parts(answer: dict[str, str] | list[str]) -> set[str]:
    """Return what an answer says, one by one: `name: choice`, or `name < later name`."""
    if isinstance(answer, dict):
        return {f"{name}: {choice}" for name, choice in answer.items()}
    return {f"{first} < {second}" for first, second in itertools.combinations(answer, 2)}


def _seal_of(text: str, salt: str) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), _SEAL_ROUNDS)
    return digest.hex()[:16]


def _agree(got: np.ndarray, wanted: np.ndarray, rtol: float, atol: float) -> bool:
    return got.shape == wanted.shape and bool(
        np.allclose(got, wanted, rtol=rtol, atol=atol, equal_nan=True)
    )


def _numbers(value: Any, what: str) -> np.ndarray:
    if value is None:
        fail(_gave(what, "None"), _("the function has no `return`, or does not reach it."))
    if isinstance(value, str | bytes):
        symptom = _("{what} gave text; numbers are needed.")
        fail(symptom.format(what=what), _("a value was formatted or quoted."))
    array: np.ndarray | None
    try:
        array = np.asarray(value)
        if array.dtype == object:
            array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = None
    if array is None or array.dtype.kind not in "biuf":
        symptom = _("{what} gave {kind}; numbers are needed.")
        fail(
            symptom.format(what=what, kind=_kind(value)),
            _("the function returns the wrong object, or rows of different lengths."),
        )
    return array.astype(np.float64)


def _plain(value: Any, what: str) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return "nan" if isinstance(value, float) and math.isnan(value) else value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufUS":
        return _plain(value.tolist(), what)
    if type(value) in (list, tuple):
        return [_plain(item, what) for item in value]
    if type(value) in (set, frozenset):
        return {"set": sorted(repr(_plain(item, what)) for item in value)}
    if isinstance(value, dict):
        return {repr(_plain(key, what)): _plain(item, what) for key, item in value.items()}
    if hasattr(value, "numpy"):
        return _plain(value.numpy(), what)
    symptom = _("{what} gave {kind}; plain numbers, text or lists are needed.")
    fail(symptom.format(what=what, kind=_kind(value)))


def _gave(what: str, value: str) -> str:
    return _("{what} gave {value}.").format(what=what, value=value)


def _gave_wrongly(what: str, value: str) -> str:
    return _("{what} gave {value}, which is not right.").format(what=what, value=value)


def _kind(value: Any) -> str:
    name = type(value).__name__
    return (_("an {type}") if name[0].lower() in "aeiou" else _("a {type}")).format(type=name)


def _show(numbers: np.ndarray) -> str:
    if numbers.ndim == 0:
        return f"{numbers[()]:.6g}"
    if numbers.size <= 9:
        flat = np.squeeze(numbers) if numbers.ndim > 2 else numbers
        return " ".join(np.array2string(flat, precision=4, separator=", ").split())
    first = ", ".join(f"{value:.4g}" for value in numbers.ravel()[:3])
    text = _("an array of shape {shape} that begins {first}")
    return text.format(shape=numbers.shape, first=first)


def _explain_exception(error: Exception) -> str:
    """Say what was raised and, when it can be found, on which line of the learner's cell."""
    message = _("your code raised {type}: {message}").format(
        type=type(error).__name__, message=str(error)[:300]
    )
    # A grader runs the learner's code in another process, and says where it was.
    line = getattr(error, "learner_line", "") or learner_line(error.__traceback__)
    if line:
        message += "\n" + _("  at: {line}").format(line=line)
    if type(error) is NameError:  # not UnboundLocalError, which no other cell mends
        message += "\n" + _("  Likely cause: {cause}").format(cause=_(_MISSING_NAME))
    return message


def learner_line(trace: TracebackType | None, skip: int = 1) -> str:
    """Return the innermost line of a traceback that stands in a notebook cell, or "".

    The first `skip` cells don't count: one is the check cell itself.
    """
    frames = [
        frame
        for frame in traceback.extract_tb(trace)
        if "ipykernel" in frame.filename or frame.filename.startswith("<ipython-input")
    ]
    if len(frames) <= skip:
        return ""
    frame = frames[-1]
    source = linecache.getline(frame.filename, frame.lineno or 0).strip() or frame.line or ""
    text = _("line {number} of the cell that defines `{name}`: {source}")
    return text.format(number=frame.lineno, name=frame.name, source=source)
