"""The conversation with a learner's process, and the objects that it lends to the tests.

Functions arrive as references: calling one sends the arguments over, and brings plain data, arrays
or rebuilt Keras models back, and carries over what the call changed in its arguments.

Whatever goes wrong between the two ends decides the verdict, no matter what the test made of it:
the first `Trouble` is remembered, and no later request is answered.
"""

import secrets
import time
from typing import Any

from course_tools.grading.judging.arguments import (
    ReadOnlyError,
    are_call_arguments,
    update_in_place,
)
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

# How long an interrupted process may take to report it.
GRACE_SECONDS = 3.0
# What a test asks a Keras model or layer, expecting Keras's own answer.
_COMPUTATIONS = (
    *("evaluate", "fit", "predict"),
    *("predict_on_batch", "test_on_batch", "train_on_batch"),
)
_ARCHITECTURE = (
    *("count_params", "get_config", "get_layer", "input_shape", "layers", "losses"),
    *("metrics_names", "optimizer", "output_shape"),
)
_WEIGHTS = (
    *("get_weights", "non_trainable_weights", "trainable", "trainable_variables"),
    *("trainable_weights", "variables", "weights"),
)
_KERAS_ATTRIBUTES = frozenset((*_COMPUTATIONS, *_ARCHITECTURE, *_WEIGHTS))


class Trouble(BaseException):
    """Something outside the answer's own merit decides the verdict."""

    def __init__(self, verdict: Verdict, message: str):
        super().__init__(message)
        self.verdict, self.message = verdict, message


class Conversation:
    """Requests to the learner's process, each with a time limit, and what was noted about them."""

    def __init__(self, process: Process, question: Question):
        self.trouble: Trouble | None = None
        self.used_loans = False
        # The type of an object that itself answered what Keras should have answered.
        self.unverified_type = ""
        self.changed_arguments = False
        self.carry_changes = True
        self._classes = question.classes
        self._process = process
        self._channel = Channel(process.connection)
        self._crossing = Crossing("judge", self._make_reference)
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
            raise self._tampered("answered with names that nobody asked for")
        for name in self._classes & set(found):
            if isinstance(found[name], Function):
                object.__setattr__(found[name], "_is_expected_class", True)
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
            raise self._safely(self._rebuild_error, reply["raised"])
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
                if update_in_place(arguments[position], content) is not arguments[position]:
                    raise TypeError(type(content).__name__)
            return answer["result"] if same is None else arguments[same]
        except ReadOnlyError:
            raise self.stop(Verdict.NEEDS_HUMAN, "The answer changes a read-only array.") from None
        except (TypeError, IndexError, ValueError, OverflowError) as error:
            raise MalformedError(f"an answer that makes no sense ({error!r:.100})") from None

    def stop(self, verdict: Verdict, message: str) -> Trouble:
        """Remember the first trouble, and return it to be raised."""
        self.trouble = self.trouble or Trouble(verdict, message)
        return self.trouble

    def _tampered(self, what: str) -> Trouble:
        return self.stop(Verdict.TAMPERED, f"The process {what}.")

    def _exchange(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        """Send a request and return its reply; answer callbacks that come in between."""
        if self.trouble:
            raise self.trouble
        deadline = min(time.monotonic() + self._cell_seconds, self._end)
        # What was sent before the request arrived can't be the answer to it.
        token = secrets.token_hex(8)
        try:
            message = request | {"token": token}
            self._safely(self._channel.send, message, blob, self._seconds_left(deadline))
            while True:
                reply, content = self._safely(self._channel.receive, self._seconds_left(deadline))
                if not isinstance(reply, dict):
                    raise self._tampered("sent a reply that is not an object")
                if reply.get("token") != token:
                    raise self._tampered("sent something that was not asked for")
                if reply.get("do") != "callback":
                    return reply, content
                answer = self._serve_callback(reply, content)
                self._safely(self._channel.send, *answer, self._seconds_left(deadline))
        except TimeoutError:
            raise self._time_out() from None
        except ConnectionError:
            raise self._crash() from None

    def _safely(self, action: Any, *arguments: Any) -> Any:
        """Send or read a message; if that goes wrong, it is not a failure of the test."""
        try:
            return action(*arguments)
        except (TimeoutError, ConnectionError):
            raise
        except MalformedError as error:
            raise self._tampered(f"sent {error}") from None
        except Exception as error:
            raise self.stop(
                Verdict.NEEDS_HUMAN, f"A message can't be sent or read ({error!r:.300})."
            ) from error

    @staticmethod
    def _seconds_left(deadline: float) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _time_out(self) -> Trouble:
        self._process.interrupt()
        return self.stop(
            Verdict.TIMEOUT, f"It took longer than {self._cell_seconds:g} s and was stopped."
        )

    def _crash(self) -> Trouble:
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
        if function is None or not are_call_arguments(called):
            raise self._tampered("called something that was never handed over")
        try:
            return self._crossing.write(function(*called[0], **called[1]))
        except NotPortableError as error:
            raise self.stop(Verdict.NEEDS_HUMAN, f"A function of the test gave {error}.") from error
        except Exception as error:  # the learner's code sees it, as in a notebook
            return {"raised": describe(error)}, b""

    def _rebuild_error(self, description: Any) -> Exception:
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

    def _make_reference(self, description: dict) -> Reference:
        return (Function if description.get("callable") is True else Loan)(description, self)


class Loan(Reference):
    """An object that stayed in the learner's process."""

    # Whether it is an instance of a class that the exercise asks the learner to write.
    _is_of_expected_class = False

    def __init__(self, description: dict, conversation: Conversation):
        super().__init__(description)
        object.__setattr__(self, "_conversation", conversation)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._note_use(name)
        return self._conversation.ask({"do": "get", "of": self._description["id"], "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        self._note_use(name)
        self._conversation.ask({"do": "set", "of": self._description["id"], "name": name}, value)

    def __contains__(self, item: Any) -> bool:
        # Compared here, since an object may claim to contain everything.
        return any(element is item or element == item for element in self.__iter__())

    def _note_use(self, name: str = "") -> None:
        self._conversation.used_loans = True
        if name in _KERAS_ATTRIBUTES and not self._is_of_expected_class:
            kind = str(self._description.get("type"))[:80]
            self._conversation.unverified_type = self._conversation.unverified_type or kind


class Function(Loan):
    """A function, class or callable object that stayed in the learner's process."""

    _is_expected_class = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it is; an instance of a class that was asked for is marked as one."""
        result = self._conversation.call(self._description["id"], args, kwargs)
        if self._is_expected_class and isinstance(result, Loan):
            object.__setattr__(result, "_is_of_expected_class", True)
        return result


def _special_method(name: str) -> Any:
    def method(self: Loan, *args: Any) -> Any:
        self._note_use()
        request = {"do": "method", "of": self._description["id"], "name": name}
        answer = self._conversation.ask(request, list(args))
        if name == "__iter__":
            return iter(answer)
        return str(answer) if name in ("__str__", "__repr__") else answer

    return method


for _name in METHODS:
    setattr(Loan, _name, _special_method(_name))
