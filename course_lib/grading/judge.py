"""The trusted end: runs the tests of one question against answers that live in the sandbox.

A test cell never enters the learner's process. It runs here, with names of its own; a name that it
does not define itself is fetched from the learner. Functions arrive as references: calling one
sends the arguments over, and brings plain data, arrays or rebuilt Keras models back, and carries
over what the call changed in its arguments. So a test cell reads as it does in a notebook.

Whatever goes wrong between the two ends decides the verdict, whatever the test made of it: a
learner's process that died or broke the rules never earns full marks, and never a silent zero. A
failure that nobody has thought of is for a person to decide.

The tests run under a limit of time and of this process's memory. Python code is stopped; a single
call into a library that hangs or aborts is not, so a judge belongs into a process that can be lost.

| verdict     | meaning                                                        | score        |
|-------------|----------------------------------------------------------------|--------------|
| graded      | the tests ran to their end, or refused the answer              | 0 to maximum |
| crashed     | the learner's process ended by itself                          | undecided    |
| timeout     | it took longer than allowed                                    | undecided    |
| tampered    | what it sent breaks the rules of the conversation              | undecided    |
| needs-human | something that the judge can't carry over, or can't decide     | undecided    |
"""

import ast
import builtins
import contextlib
import hashlib
import io
import math
import operator
import random
import re
import secrets
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from course_lib import checks
from course_lib.grading.cells import NBGRADERS_RULES, ReleaseRules, lines_of
from course_lib.grading.crossing import Crossing, Reference
from course_lib.grading.processes import data_bytes
from course_lib.grading.protocol import METHODS, describe, rebuild
from course_lib.grading.record import Verdict
from course_lib.grading.wire import Channel, MalformedError, NotPortableError

MAX_OUTPUT_BYTES = 2**20
MAX_MESSAGE = 2000
MAX_OUTPUTS = 1000
# How long a process that was interrupted may take to say so.
GRACE_SECONDS = 3.0
# Private memory that tests may take in this process, in which a learner's models are rebuilt.
MAX_TEST_BYTES = 4 * 2**30
# Control characters, halves of characters, and marks that turn the direction of writing.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
# What a test asks of a Keras model or layer, expecting Keras's own answer.
_OF_KERAS = frozenset({
    "count_params", "evaluate", "fit", "get_config", "get_layer", "get_weights", "input_shape",
    "layers", "losses", "metrics_names", "non_trainable_weights", "optimizer", "output_shape",
    "predict", "predict_on_batch", "test_on_batch", "train_on_batch", "trainable",
    "trainable_variables", "trainable_weights", "variables", "weights",
})  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """What a question came to; see the module's table. `score` is None while undecided.

    `outputs` are those of the cells that ran, by position, and of the test cell under "test".
    """

    verdict: Verdict
    score: float | None
    message: str = ""
    outputs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What is to be judged: the cells (position, source) that the answer needs, and its tests.

    Attributes:
        seed: draws the fresh inputs of the hidden tests, and by a detour the learner's random
            numbers, which tell nothing about the former.
        imports: name -> the instructor's statement that imports it. The tests get such names from
            here, never from the learner.
        classes: names that the lesson wants to be classes; a test may look at their instances.
        may_change: whether an answer is to change what it is given, such as a list in place. If
            not, one that passes must pass as well when the tests don't see its changes: else it
            could have changed what they compute the expected value from.
        rules: which lines of the tests learners don't get.
    """

    cells: Sequence[tuple[int, str]]
    tests: str
    points: float
    seed: int = 0
    cell_seconds: float = 300.0
    question_seconds: float = 900.0
    imports: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    may_change: bool = True
    rules: ReleaseRules = NBGRADERS_RULES


class Process(Protocol):
    """The learner's process, as `course_lib.grading.sandbox` gives it."""

    connection: Any

    def interrupt(self) -> None:
        """Interrupt what it is doing."""

    def ended(self) -> str | None:
        """Return None while it lives, else why it ended."""


class Trouble(BaseException):
    """Something outside the answer's own merit decides the verdict."""

    def __init__(self, verdict: Verdict, message: str):
        super().__init__(message)
        self.verdict, self.message = verdict, message


def judge(question: Question, process: Process) -> Judgement:
    """Run the cells in the learner's process, then the tests here, and return what came out.

    To be called in the main thread of its process.
    """
    talk = Conversation(process, question)
    outputs: dict = {}
    try:
        judgement = _run(question, talk, outputs)
    except Trouble as trouble:
        judgement = Judgement(trouble.verdict, None, trouble.message)
    except Exception as error:  # a defect here, or an attack that nobody has thought of
        judgement = Judgement(Verdict.NEEDS_HUMAN, None, f"The judge failed: {error!r}")
    return replace(judgement, message=_clean(judgement.message)[:MAX_MESSAGE], outputs=outputs)


def _run(question: Question, talk: "Conversation", outputs: dict) -> Judgement:
    wanted = _free_names_or_trouble(question.tests)
    talk.ask({"do": "seed", "seed": _learners_seed(question.seed)})
    for position, source in question.cells:
        outputs[position] = talk.run(source)
    with (
        _alarm(min(question.cell_seconds, question.question_seconds), talk),
        _bounded_memory(MAX_TEST_BYTES),
    ):
        names = _import(question.imports, wanted)
        names |= talk.fetch([name for name in wanted if name not in names])
        judgement, outputs["test"] = run_tests(question, names)
        if judgement.score and talk.changed_arguments and not question.may_change:
            talk.carry_changes = False
            unchanged, _ = run_tests(question, names)
            if unchanged.score != judgement.score:
                why = "The tests pass only because the answer changes the arguments it is given."
                judgement = Judgement(Verdict.NEEDS_HUMAN, None, why)
    if talk.trouble:  # also when the test, or a library below it, has swallowed it
        raise talk.trouble
    if judgement.verdict is Verdict.GRADED and judgement.score == 0 and talk.looked_at_loans:
        why = "The tests looked at an object that can't be carried over to them. "
        return Judgement(Verdict.NEEDS_HUMAN, None, why + judgement.message)
    if judgement.verdict is Verdict.GRADED and judgement.score != 0 and talk.believed:
        why = (
            f"The tests passed, but they asked a {talk.believed} that can't be rebuilt by the judge"
            " what it does; the learner's own code answered."
        )
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return judgement


def _free_names_or_trouble(tests: str) -> list[str]:
    try:
        return free_names(tests)
    except SyntaxError as error:
        why = f"The test cell is no plain Python ({error}), so it can't be run here."
        raise Trouble(Verdict.NEEDS_HUMAN, why) from None


def _learners_seed(seed: int) -> int:
    """Return the seed of the learner's random numbers, which does not give away this one."""
    return int.from_bytes(hashlib.sha256(b"learner %d" % seed).digest()[:4])


def _import(statements: Mapping[str, str], wanted: list[str]) -> dict[str, Any]:
    """Return what the instructor's imports give; what is not installed here is left out."""
    found: dict[str, Any] = {}
    for name in set(wanted) & set(statements):
        with contextlib.suppress(ImportError):
            exec(statements[name], scope := {})
            found[name] = scope[name]
    return found


class Conversation:
    """Requests to the learner's process, each within its time, and what they came to."""

    def __init__(self, process: Process, question: Question):
        self.trouble: Trouble | None = None
        self.looked_at_loans = False
        # The type of an object that answered for itself what Keras should have answered.
        self.believed = ""
        self.changed_arguments = False
        self.carry_changes = True
        self._classes = question.classes
        self._process = process
        self._channel = Channel(process.connection)
        self._crossing = Crossing("judge", self._refer)
        self._cell_seconds = question.cell_seconds
        self._end = time.monotonic() + question.question_seconds

    def run(self, source: str) -> list[dict]:
        """Run a cell; return its outputs, checked."""
        reply, _ = self._exchange(
            {"do": "run", "source": source, "max_bytes": MAX_OUTPUT_BYTES}, b""
        )
        return self._safely(_checked_outputs, reply)

    def fetch(self, names: list[str]) -> dict[str, Any]:
        """Return those of the learner's global names that exist."""
        found = self.ask({"do": "fetch", "names": names})
        if type(found) is not dict or not set(found) <= set(names):
            raise self.stop(Verdict.TAMPERED, "The process answered with names nobody asked for.")
        for name in self._classes & set(found):
            if isinstance(found[name], _Function):
                object.__setattr__(found[name], "_makes_what_was_asked_for", True)
        return found

    def ask(self, request: dict, value: Any = None) -> Any:
        """Send a request with a value; return the answer, or raise what the learner's code raised.

        Raises:
            Trouble: the process died, took too long, or broke the rules.
        """
        try:
            document, blob = self._crossing.write(value)
        except NotPortableError as error:
            raise self.stop(Verdict.NEEDS_HUMAN, f"The test handed over {error}.") from error
        reply, content = self._exchange(document | request, blob)
        if "raised" in reply:
            raise self._safely(self._raised, reply["raised"])
        if "unportable" in reply:
            raise self.stop(
                Verdict.NEEDS_HUMAN, f"The answer gave {str(reply['unportable'])[:300]}."
            )
        return self._safely(self._crossing.read, reply, content)

    def call(self, number: int, args: tuple, kwargs: dict) -> Any:
        """Call one of the learner's objects; carry over what it changed in its arguments."""
        answer = self.ask({"do": "call", "of": number}, [list(args), kwargs])
        return self._safely(self._result_of_call, answer, [*args, *kwargs.values()])

    def _result_of_call(self, answer: Any, arguments: list) -> Any:
        if type(answer) is not dict or set(answer) != {"changed", "same_as", "result"}:
            raise MalformedError("an answer that makes no sense")
        changed, same = answer["changed"], answer["same_as"]
        if type(changed) is not dict or not (same is None or type(same) is int):
            raise MalformedError("an answer that makes no sense")
        self.changed_arguments |= bool(changed)
        try:
            if not self.carry_changes:
                arguments = [changed.get(n, argument) for n, argument in enumerate(arguments)]
                changed = {}
            for position, content in changed.items():
                if _carried_over(arguments[position], content) is not arguments[position]:
                    raise TypeError(type(content).__name__)
            return answer["result"] if same is None else arguments[same]
        except _ReadOnlyError:
            raise self.stop(
                Verdict.NEEDS_HUMAN, "The answer changes an array that can't be changed."
            ) from None
        except (TypeError, IndexError, ValueError, OverflowError) as error:
            raise MalformedError(f"an answer that makes no sense ({error!r:.100})") from None

    def stop(self, verdict: Verdict, message: str) -> Trouble:
        """Remember the first trouble, and return it to be raised."""
        self.trouble = self.trouble or Trouble(verdict, message)
        return self.trouble

    def _exchange(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        """Send a request and return its reply; answer callbacks that come in between."""
        if self.trouble:
            raise self.trouble
        deadline = min(time.monotonic() + self._cell_seconds, self._end)
        # What was sent before the request came can't be its answer.
        token = secrets.token_hex(8)
        try:
            message = request | {"token": token}
            self._safely(self._channel.send, message, blob, self._left(deadline))
            while True:
                reply, content = self._safely(self._channel.receive, self._left(deadline))
                if not isinstance(reply, dict):
                    raise self.stop(Verdict.TAMPERED, "The process sent a reply that is no object.")
                if reply.get("token") != token:
                    raise self.stop(Verdict.TAMPERED, "The process sent what was not asked for.")
                if reply.get("do") != "callback":
                    return reply, content
                answer = self._serve_callback(reply, content)
                self._safely(self._channel.send, *answer, self._left(deadline))
        except TimeoutError:
            raise self._too_long() from None
        except ConnectionError:
            raise self._died() from None

    def _safely(self, act: Any, *arguments: Any) -> Any:
        """Send or read a message: what goes wrong there is no failure of a test."""
        try:
            return act(*arguments)
        except (TimeoutError, ConnectionError):
            raise
        except MalformedError as error:
            raise self.stop(Verdict.TAMPERED, f"The process sent {error}.") from None
        except Exception as error:
            raise self.stop(
                Verdict.NEEDS_HUMAN, f"A message can't be sent or read ({error!r:.300})."
            ) from error

    @staticmethod
    def _left(deadline: float) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _too_long(self) -> Trouble:
        self._process.interrupt()
        return self.stop(
            Verdict.TIMEOUT, f"It took longer than {self._cell_seconds:g} s and was stopped."
        )

    def _died(self) -> Trouble:
        until = time.monotonic() + GRACE_SECONDS
        reason = self._process.ended()
        while reason is None and time.monotonic() < until:
            time.sleep(0.01)
            reason = self._process.ended()
        return self.stop(Verdict.CRASHED, f"The process ended ({reason or 'it hung up'}).")

    def _serve_callback(self, request: dict, content: bytes) -> tuple[dict, bytes]:
        """Call a function of the test that the learner's code was given."""
        called = self._safely(self._crossing.read, request, content)
        number, function = request.get("of"), None
        if type(number) is int:
            function = self._crossing.lent.get(number)
        if function is None or not _is_call(called):
            raise self.stop(Verdict.TAMPERED, "The process called what was never handed over.")
        try:
            return self._crossing.write(function(*called[0], **called[1]))
        except NotPortableError as error:
            raise self.stop(Verdict.NEEDS_HUMAN, f"A function of the test gave {error}.") from error
        except Exception as error:  # the learner's code is to see it, as in a notebook
            return {"raised": describe(error)}, b""

    def _raised(self, description: Any) -> Exception:
        if not isinstance(description, dict):
            raise MalformedError("an exception that can't be read")
        error = rebuild(description)
        kind = str(description.get("type", ""))[:80]
        if isinstance(error, StopIteration | StopAsyncIteration):
            # It would end a loop of the tests, such as one over `map(answer, inputs)`.
            error = RuntimeError(f"{kind}: {error}")
        if type(error).__name__ != kind:
            error = type(kind if kind.isidentifier() else "Error", (type(error),), {})(*error.args)
        error.learner_line = str(description.get("line", ""))[:300]
        return error

    def _refer(self, description: dict) -> Reference:
        return (_Function if description.get("callable") is True else _Loan)(description, self)


class _Loan(Reference):
    """An object that stayed in the learner's process."""

    # Whether it is an instance of a class that the exercise asks for.
    _was_asked_for = False

    def __init__(self, description: dict, talk: Conversation):
        super().__init__(description)
        object.__setattr__(self, "_talk", talk)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._look(name)
        return self._talk.ask({"do": "get", "of": self._description["id"], "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        self._look(name)
        self._talk.ask({"do": "set", "of": self._description["id"], "name": name}, value)

    def __contains__(self, item: Any) -> bool:
        # Compared here: an object that claims to contain everything convinces nobody.
        return any(each is item or each == item for each in self)

    def _look(self, name: str = "") -> None:
        self._talk.looked_at_loans = True
        if name in _OF_KERAS and not self._was_asked_for:
            self._talk.believed = self._talk.believed or str(self._description.get("type"))[:80]


class _Function(_Loan):
    """A function, class or callable object that stayed in the learner's process."""

    _makes_what_was_asked_for = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._talk.call(self._description["id"], args, kwargs)
        if self._makes_what_was_asked_for and isinstance(result, _Loan):
            object.__setattr__(result, "_was_asked_for", True)
        return result


def _special_method(name: str) -> Any:
    def method(self: _Loan, *args: Any) -> Any:
        self._look()
        request = {"do": "method", "of": self._description["id"], "name": name}
        answer = self._talk.ask(request, list(args))
        if name == "__iter__":
            return iter(answer)
        return str(answer) if name in ("__str__", "__repr__") else answer

    return method


for _name in METHODS:
    setattr(_Loan, _name, _special_method(_name))


# -- running the tests -----------------------------------------------------------------------


def run_tests(question: Question, names: dict[str, Any]) -> tuple[Judgement, list[dict]]:
    """Run a test cell with the learner's names; its last expression may be a partial credit.

    Returns what came out, and the cell's outputs.
    """
    tree = ast.parse(question.tests)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    scope = {"__name__": "__main__", "display": lambda *_: None} | names
    printed, value = io.StringIO(), None
    _make_repeatable(question.seed)
    try:
        with (
            checks.fresh_from(question.seed),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(tree, "<tests>", "exec"), scope)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<tests>", "eval"), scope)
        judgement, error = _accepted(question, value, _clean(printed.getvalue())), None
    except Exception as raised:  # any exception of a test refuses the answer
        judgement, error = _refused(question, raised), raised
    return judgement, _test_outputs(_clean(printed.getvalue()), error, judgement.message)


def _test_outputs(printed: str, error: Exception | None, message: str) -> list[dict]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    if error is not None:
        name = _clean(type(error).__name__)
        lines = _clean(message).splitlines()
        shown = {"ename": name, "evalue": _clean(message), "traceback": lines}
        outputs.append({"output_type": "error"} | shown)
    return outputs


def _make_repeatable(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed % 2**32)


@contextlib.contextmanager
def _alarm(seconds: float, talk: Conversation) -> Iterator[None]:
    """Stop tests that compute too long, such as training a model that the learner made huge."""
    running = True

    def ring(*_: Any) -> None:
        if running:
            raise talk.stop(Verdict.TIMEOUT, f"The tests took longer than {seconds:g} s.")

    before = signal.signal(signal.SIGALRM, ring)
    # Again and again: what it raises may be swallowed.
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS, 1.0)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _bounded_memory(more: int) -> Iterator[None]:
    """Let this process take so many bytes of private memory more than it has, where Linux runs."""
    used = data_bytes()
    if used is None:
        yield
        return
    # Windows has no such module; it imports this one for marks and feedback, which need no limits.
    import resource

    limits = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([used + more, *allowed]), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _accepted(question: Question, value: Any, printed: str) -> Judgement:
    points = question.points
    if isinstance(value, _Loan):
        return Judgement(
            Verdict.NEEDS_HUMAN, None, "The tests ended in an object of the learner's."
        )
    if isinstance(value, bool | np.bool_) and not value:
        return Judgement(Verdict.NEEDS_HUMAN, None, "The tests ended in False, which is no score.")
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return Judgement(Verdict.GRADED, float(points), printed.strip())
    try:
        score = math.nan if isinstance(value, np.complexfloating) else float(value)
    except OverflowError:
        score = math.inf
    if not (math.isfinite(score) and 0 <= score <= points):
        why = f"The tests gave {value!r:.60} points; possible are 0 to {points:g}."
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return Judgement(Verdict.GRADED, score, f"Partial credit: {score:g} of {points:g}.")


def _refused(question: Question, error: Exception) -> Judgement:
    if _ran_out_of_memory(error):
        why = f"The tests needed more than {MAX_TEST_BYTES / 2**30:g} GiB with this answer."
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return Judgement(Verdict.GRADED, 0.0, _message(question, error))


def _ran_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether memory was short here, as opposed to in the learner's process."""
    for _ in range(10):
        if error is None or hasattr(error, "learner_line"):
            return False
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            return True
        error = error.__cause__ or error.__context__
    return False


def _message(question: Question, error: Exception) -> str:
    """Return what the learner may see: never the text of a hidden test."""
    if isinstance(error, checks.CheckFailed):
        return str(error)[:MAX_MESSAGE]
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<tests>"
    ]
    # Also where it fails within a helper that learners can see.
    if question.rules.hidden_lines(question.tests) & set(lines):
        return f"A hidden test failed ({type(error).__name__})."
    text = lines_of(question.tests)[lines[-1] - 1].strip() if lines else ""
    said = str(error).strip()
    where = f" in the test `{text}`" if text else ""
    return f"{type(error).__name__}{where}{': ' + said if said else ''}"[:MAX_MESSAGE]


def free_names(source: str) -> list[str]:
    """Return the names that a test cell reads and does not define itself, without built-in ones."""
    import symtable

    table = symtable.symtable(source, "<tests>", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    read: set[str] = set()
    todo = [table]
    while todo:
        part = todo.pop()
        todo += part.get_children()
        top = part is table
        read |= {
            s.get_name() for s in part.get_symbols() if s.is_referenced() and (top or s.is_global())
        }
    return sorted(name for name in read - bound if not hasattr(builtins, name))


def _is_call(value: Any) -> bool:
    """Tell whether a value is the arguments of a call: a list, and a dict by name."""
    return (
        type(value) is list
        and [type(part) for part in value] == [list, dict]
        and all(type(name) is str for name in value[1])
    )


class _ReadOnlyError(Exception):
    """An array of the tests that can't be changed was to be."""


def _replace_content(argument: Any, content: Any) -> None:
    """Make a list, dict, set or array hold what the learner's call left in it, of the same kind.

    What is nested in it stays the same object where it can: the test may hold it, too.
    """
    kind = _mutable_kind(argument)
    if kind is np.ndarray:
        if not argument.flags.writeable:
            raise _ReadOnlyError
        argument[...] = content
    elif kind is list:
        alike = len(argument) == len(content)
        argument[:] = map(_carried_over, argument, content) if alike else content
    elif kind is dict and argument.keys() == content.keys():
        for key, part in content.items():
            argument[key] = _carried_over(argument[key], part)
    else:
        argument.clear()
        argument.update(content)


def _carried_over(old: Any, new: Any) -> Any:
    """Return `old`, changed to what `new` holds, or `new` where that can't be."""
    kind = _mutable_kind(old)
    if kind is not None and isinstance(new, kind):
        if kind is np.ndarray and (old.shape, old.dtype) != (new.shape, new.dtype):
            return new
        if kind is not np.ndarray or old.tobytes() != new.tobytes():
            _replace_content(old, new)
        return old
    if type(old) is type(new) is tuple and len(old) == len(new):
        parts = tuple(map(_carried_over, old, new))
        return old if all(map(operator.is_, parts, old)) else parts
    return new


def _mutable_kind(value: Any) -> type | None:
    return next((kind for kind in (np.ndarray, list, dict, set) if isinstance(value, kind)), None)


def _checked_outputs(reply: dict) -> list[dict]:
    """Return a cell's outputs rebuilt from plain parts, so that a notebook file can hold them."""
    try:
        outputs = [_checked_output(output) for output in reply["outputs"]]
        size = sum(len(text) for output in outputs for text in _texts(output))
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedError(f"outputs that can't be read ({error!r:.100})") from None
    if size > 2 * MAX_OUTPUT_BYTES or len(outputs) > MAX_OUTPUTS:
        raise MalformedError("more outputs than were asked for")
    return outputs


def _texts(output: dict) -> Iterator[str]:
    yield from output.get("traceback", ())
    yield from output.get("data", {}).values()
    yield from (output[key] for key in ("text", "ename", "evalue") if key in output)


def _checked_output(output: dict) -> dict:
    kind = output["output_type"]
    if kind == "stream":
        name = "stderr" if output["name"] == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(output["text"])}
    if kind == "error":
        return {
            "output_type": kind,
            "ename": _text(output["ename"]),
            "evalue": _text(output["evalue"]),
            "traceback": [_text(line) for line in output["traceback"]],
        }
    if kind not in ("display_data", "execute_result"):
        raise TypeError(f"an output of the kind {kind!r:.40}")
    data = {_text(mime): _text(content) for mime, content in output["data"].items()}
    checked = {"output_type": kind, "data": data, "metadata": {}}
    return checked | ({"execution_count": None} if kind == "execute_result" else {})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("an output that is no text")
    return value.encode("utf-8", "replace").decode("utf-8")


def _clean(text: str) -> str:
    """Return a text that any file, terminal and table can show: no codes that steer a terminal."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", "\n"))
