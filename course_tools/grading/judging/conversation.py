"""The conversation with a learner's process, and what it has lent to the tests.

Functions arrive as references: calling one sends the arguments over, and brings plain data, arrays
or rebuilt Keras models back, and carries over what the call changed in its arguments.

Whatever goes wrong between the two ends decides the verdict, whatever the test made of it: the
first `Trouble` is remembered, and no later request is answered.
"""

import secrets
import time
from typing import Any

from course_tools.grading.judging.arguments import ReadOnlyError, carried_over, is_call
from course_tools.grading.judging.outputs import MAX_OUTPUT_BYTES, checked_outputs
from course_tools.grading.judging.question import Process, Question
from course_tools.grading.record import Verdict
from course_tools.grading.wire import (
    METHODS,
    Channel,
    Crossing,
    MalformedError,
    NotPortableError,
    Reference,
    describe,
    rebuild,
)

# How long a process that was interrupted may take to say so.
GRACE_SECONDS = 3.0
# What a test asks of a Keras model or layer, expecting Keras's own answer.
_OF_KERAS = frozenset({
    "count_params", "evaluate", "fit", "get_config", "get_layer", "get_weights", "input_shape",
    "layers", "losses", "metrics_names", "non_trainable_weights", "optimizer", "output_shape",
    "predict", "predict_on_batch", "test_on_batch", "train_on_batch", "trainable",
    "trainable_variables", "trainable_weights", "variables", "weights",
})  # fmt: skip


class Trouble(BaseException):
    """Something outside the answer's own merit decides the verdict."""

    def __init__(self, verdict: Verdict, message: str):
        super().__init__(message)
        self.verdict, self.message = verdict, message


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
        return self._safely(checked_outputs, reply)

    def fetch(self, names: list[str]) -> dict[str, Any]:
        """Return those of the learner's global names that exist."""
        found = self.ask({"do": "fetch", "names": names})
        if type(found) is not dict or not set(found) <= set(names):
            raise self.stop(Verdict.TAMPERED, "The process answered with names nobody asked for.")
        for name in self._classes & set(found):
            if isinstance(found[name], Function):
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
                if carried_over(arguments[position], content) is not arguments[position]:
                    raise TypeError(type(content).__name__)
            return answer["result"] if same is None else arguments[same]
        except ReadOnlyError:
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
        if function is None or not is_call(called):
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
        error: Any = rebuild(description)
        kind = str(description.get("type", ""))[:80]
        if isinstance(error, StopIteration | StopAsyncIteration):
            # It would end a loop of the tests, such as one over `map(answer, inputs)`.
            error = RuntimeError(f"{kind}: {error}")
        if type(error).__name__ != kind:
            error = type(kind if kind.isidentifier() else "Error", (type(error),), {})(*error.args)
        error.learner_line = str(description.get("line", ""))[:300]
        return error

    def _refer(self, description: dict) -> Reference:
        return (Function if description.get("callable") is True else Loan)(description, self)


class Loan(Reference):
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
        return any(each is item or each == item for each in self.__iter__())

    def _look(self, name: str = "") -> None:
        self._talk.looked_at_loans = True
        if name in _OF_KERAS and not self._was_asked_for:
            self._talk.believed = self._talk.believed or str(self._description.get("type"))[:80]


class Function(Loan):
    """A function, class or callable object that stayed in the learner's process."""

    _makes_what_was_asked_for = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it is; what it makes of a class that was asked for is known as such."""
        result = self._talk.call(self._description["id"], args, kwargs)
        if self._makes_what_was_asked_for and isinstance(result, Loan):
            object.__setattr__(result, "_was_asked_for", True)
        return result


def _special_method(name: str) -> Any:
    def method(self: Loan, *args: Any) -> Any:
        self._look()
        request = {"do": "method", "of": self._description["id"], "name": name}
        answer = self._talk.ask(request, list(args))
        if name == "__iter__":
            return iter(answer)
        return str(answer) if name in ("__str__", "__repr__") else answer

    return method


for _name in METHODS:
    setattr(Loan, _name, _special_method(_name))
