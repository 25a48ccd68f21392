"""The trusted end: runs the tests of one question against answers that live in the sandbox.

A test cell never enters the learner's process. It runs here, with names of its own; a name that it
does not define itself is fetched from the learner. Functions arrive as references: calling one
sends the arguments over, and brings plain data, arrays or rebuilt Keras models back, and carries
over what the call changed in its arguments. So a test cell reads as it does in a notebook.

Whatever goes wrong between the two ends decides the verdict, whatever the test made of it: a
learner's process that died or broke the rules never earns full marks, and never a silent zero.

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
import io
import math
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from course_lib import checks
from course_lib.grading.crossing import Crossing, Reference
from course_lib.grading.inside.learner import METHODS, describe, rebuild
from course_lib.grading.wire import Channel, MalformedError, NotPortableError

HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
MAX_OUTPUT_BYTES = 2**20
MAX_MESSAGE = 2000
# How long a process that was interrupted may take to say so.
GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Verdict:
    """What a question came to; see the module's table. `score` is None while undecided.

    `outputs` are those of the cells that ran, by position, and of the test cell under "test".
    """

    verdict: str
    score: float | None
    message: str = ""
    outputs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What is to be judged: the cells (position, source) that the answer needs, and its tests.

    `seed` draws the fresh inputs of the hidden tests, and the learner's random numbers.
    """

    cells: Sequence[tuple[int, str]]
    tests: str
    points: float
    seed: int = 0
    cell_seconds: float = 300.0
    question_seconds: float = 900.0


class Process(Protocol):
    """The learner's process, as `course_lib.grading.sandbox` gives it."""

    connection: Any

    def interrupt(self) -> None:
        """Interrupt what it is doing."""

    def ended(self) -> str | None:
        """Return None while it lives, else why it ended."""


class Trouble(BaseException):
    """Something outside the answer's own merit decides the verdict."""

    def __init__(self, verdict: str, message: str):
        super().__init__(message)
        self.verdict, self.message = verdict, message


def judge(question: Question, process: Process) -> Verdict:
    """Run the cells in the learner's process, then the tests here, and return the verdict."""
    talk = Conversation(process, question)
    outputs: dict = {}
    try:
        talk.ask({"do": "seed", "seed": question.seed % 2**32})
        for position, source in question.cells:
            outputs[position] = talk.run(source)
        names = talk.fetch(free_names(question.tests))
        test = run_tests(question, names, talk)
    except Trouble as trouble:
        return Verdict(trouble.verdict, None, trouble.message[:MAX_MESSAGE], outputs)
    outputs["test"] = test.outputs
    if talk.trouble:
        return Verdict(talk.trouble.verdict, None, talk.trouble.message[:MAX_MESSAGE], outputs)
    verdict = Verdict(test.verdict, test.score, test.message, outputs)
    if verdict.verdict == "graded" and verdict.score == 0 and talk.looked_at_loans:
        why = "The tests looked at an object that can't be carried over to them. " + test.message
        return Verdict("needs-human", None, why[:MAX_MESSAGE], outputs)
    return verdict


class Conversation:
    """Requests to the learner's process, each within its time, and what they came to."""

    def __init__(self, process: Process, question: Question):
        self.trouble: Trouble | None = None
        self.looked_at_loans = False
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
        return _checked_outputs(self, reply)

    def fetch(self, names: list[str]) -> dict[str, Any]:
        """Return those of the learner's global names that exist."""
        found = self.ask({"do": "fetch", "names": names})
        if not isinstance(found, dict) or not set(found) <= set(names):
            raise self.stop("tampered", "The process answered with names nobody asked for.")
        return found

    def ask(self, request: dict, value: Any = None) -> Any:
        """Send a request with a value; return the answer, or raise what the learner's code raised.

        Raises:
            Trouble: the process died, took too long, or broke the rules.
        """
        try:
            document, blob = self._crossing.write(value)
        except NotPortableError as error:
            raise self.stop("needs-human", f"The test handed over {error}.") from error
        reply, content = self._exchange(document | request, blob)
        if "raised" in reply:
            raise self._raised(reply["raised"])
        if "unportable" in reply:
            raise self.stop("needs-human", f"The answer gave {str(reply['unportable'])[:300]}.")
        return self._read(reply, content)

    def call(self, number: int, args: tuple, kwargs: dict) -> Any:
        """Call one of the learner's objects; carry over what it changed in its arguments."""
        answer = self.ask({"do": "call", "of": number}, [list(args), kwargs])
        arguments = [*args, *kwargs.values()]
        try:
            for position, content in answer["changed"].items():
                _replace_content(arguments[position], content)
            same = answer["same_as"]
            return answer["result"] if same is None else arguments[same]
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise self.stop(
                "tampered", f"An answer that makes no sense ({error!r:.100})."
            ) from None

    def stop(self, verdict: str, message: str) -> Trouble:
        """Remember the first trouble, and return it to be raised."""
        self.trouble = self.trouble or Trouble(verdict, message)
        return self.trouble

    def _exchange(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        """Send a request and return its reply; answer callbacks that come in between."""
        if self.trouble:
            raise self.trouble
        deadline = min(time.monotonic() + self._cell_seconds, self._end)
        try:
            self._channel.send(request, blob, self._left(deadline))
            while True:
                reply, content = self._channel.receive(self._left(deadline))
                if not isinstance(reply, dict):
                    raise MalformedError("a reply that is no object")
                if reply.get("do") != "callback":
                    return reply, content
                self._channel.send(*self._serve_callback(reply, content), self._left(deadline))
        except TimeoutError:
            raise self._too_long() from None
        except MalformedError as error:
            raise self.stop("tampered", f"The process sent {error}.") from None
        except ConnectionError:
            raise self._died() from None

    @staticmethod
    def _left(deadline: float) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _too_long(self) -> Trouble:
        self._process.interrupt()
        return self.stop(
            "timeout", f"It took longer than {self._cell_seconds:g} s and was stopped."
        )

    def _died(self) -> Trouble:
        until = time.monotonic() + GRACE_SECONDS
        reason = self._process.ended()
        while reason is None and time.monotonic() < until:
            time.sleep(0.01)
            reason = self._process.ended()
        return self.stop("crashed", f"The process ended ({reason or 'it hung up'}).")

    def _read(self, reply: dict, content: bytes) -> Any:
        try:
            return self._crossing.read(reply, content)
        except MalformedError as error:
            raise self.stop("tampered", f"The process sent {error}.") from None

    def _serve_callback(self, request: dict, content: bytes) -> tuple[dict, bytes]:
        """Call a function of the test that the learner's code was given."""
        args, kwargs = self._read(request, content)
        function = self._crossing.lent.get(request.get("of"))
        if function is None:
            raise MalformedError("a call of a function that was never handed over")
        try:
            return self._crossing.write(function(*args, **kwargs))
        except Exception as error:  # the learner's code is to see it, as in a notebook
            return {"raised": describe(error)}, b""

    def _raised(self, description: Any) -> Exception:
        if not isinstance(description, dict):
            return self.stop("tampered", "The process sent an exception that can't be read.")
        error = rebuild(description)
        kind = str(description.get("type", ""))[:80]
        if type(error).__name__ != kind:
            error = type(kind if kind.isidentifier() else "Error", (type(error),), {})(*error.args)
        error.learner_line = str(description.get("line", ""))[:300]
        return error

    def _refer(self, description: dict) -> Reference:
        return (_Function if description.get("callable") is True else _Loan)(description, self)


class _Loan(Reference):
    """An object that stayed in the learner's process."""

    def __init__(self, description: dict, talk: Conversation):
        super().__init__(description)
        object.__setattr__(self, "_talk", talk)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._talk.looked_at_loans = True
        return self._talk.ask({"do": "get", "of": self._description["id"], "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        self._talk.looked_at_loans = True
        self._talk.ask({"do": "set", "of": self._description["id"], "name": name}, value)


class _Function(_Loan):
    """A function, class or callable object that stayed in the learner's process."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._talk.call(self._description["id"], args, kwargs)


def _special_method(name: str) -> Any:
    def method(self: _Loan, *args: Any) -> Any:
        self._talk.looked_at_loans = True
        request = {"do": "method", "of": self._description["id"], "name": name}
        answer = self._talk.ask(request, list(args))
        if name == "__iter__":
            return iter(answer)
        return str(answer) if name in ("__str__", "__repr__") else answer

    return method


for _name in METHODS:
    setattr(_Loan, _name, _special_method(_name))


# -- running the tests -----------------------------------------------------------------------


def run_tests(question: Question, names: dict[str, Any], talk: Conversation) -> Verdict:
    """Run a test cell with the learner's names; its last expression may be a partial credit."""
    tree = ast.parse(question.tests)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    scope = {"__name__": "__main__", "display": lambda *_: None} | names
    printed, value = io.StringIO(), None
    _make_repeatable(question.seed)
    try:
        with (
            checks.fresh_from(question.seed),
            _alarm(min(question.cell_seconds, question.question_seconds), talk),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(tree, "<tests>", "exec"), scope)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<tests>", "eval"), scope)
    except Trouble:
        raise
    except Exception as error:  # any exception of a test refuses the answer
        return _refused(question, error, printed.getvalue())
    return _accepted(question, value, printed.getvalue())


def _make_repeatable(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed % 2**32)


@contextlib.contextmanager
def _alarm(seconds: float, talk: Conversation) -> Iterator[None]:
    """Stop tests that compute too long, such as training a model that the learner made huge."""

    def ring(*_: Any) -> None:
        raise talk.stop("timeout", f"The tests took longer than {seconds:g} s and were stopped.")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _accepted(question: Question, value: Any, printed: str) -> Verdict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return Verdict("graded", float(question.points), printed.strip(), outputs)
    score = float(value)
    if not (math.isfinite(score) and 0 <= score <= question.points):
        why = f"The tests gave {value!r:.60} points; possible are 0 to {question.points:g}."
        return Verdict("needs-human", None, why, outputs)
    return Verdict("graded", score, f"Partial credit: {score:g} of {question.points:g}.", outputs)


def _refused(question: Question, error: Exception, printed: str) -> Verdict:
    message = _message(question, error)
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    outputs.append(
        {
            "output_type": "error",
            "ename": type(error).__name__,
            "evalue": message,
            "traceback": message.splitlines(),
        }
    )
    return Verdict("graded", 0.0, message, outputs)


def _message(question: Question, error: Exception) -> str:
    """Return what the learner may see: never the text of a hidden test."""
    if isinstance(error, checks.CheckFailed):
        return str(error)[:MAX_MESSAGE]
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<tests>":
            line = trace.tb_lineno
        trace = trace.tb_next
    if line in _hidden_lines(question.tests):
        return f"A hidden test failed ({type(error).__name__})."
    text = question.tests.splitlines()[line - 1].strip() if line else ""
    said = str(error).strip()
    where = f" in the test `{text}`" if text else ""
    return f"{type(error).__name__}{where}{': ' + said if said else ''}"[:MAX_MESSAGE]


def _hidden_lines(source: str) -> set[int]:
    hidden, inside = set(), False
    for number, text in enumerate(source.splitlines(), 1):
        inside = inside or text.strip() == HIDDEN[0]
        if inside:
            hidden.add(number)
        inside = inside and text.strip() != HIDDEN[1]
    return hidden


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


def _replace_content(argument: Any, content: Any) -> None:
    """Make a list, dict, set or array hold what the learner's call left in it."""
    if isinstance(argument, np.ndarray):
        argument[...] = content
    elif isinstance(argument, list):
        argument[:] = content
    elif isinstance(argument, dict | set):
        argument.clear()
        argument.update(content)
    else:
        raise TypeError(type(argument).__name__)


def _checked_outputs(talk: Conversation, reply: dict) -> list[dict]:
    """Return a cell's outputs rebuilt from plain parts, so that a notebook file can hold them."""
    try:
        return [_checked_output(output) for output in reply["outputs"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise talk.stop("tampered", f"Outputs that can't be read ({error!r:.100}).") from None


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
    if not isinstance(value, str) or len(value) > 2 * MAX_OUTPUT_BYTES:
        raise TypeError("an output that is no text, or too long")
    return value.encode("utf-8", "replace").decode("utf-8")
