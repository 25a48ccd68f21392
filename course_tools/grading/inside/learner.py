"""The learner's end of the conversation with the judge: it runs cells and answers questions.

This runs in the sandbox, in the same process as the learner's code, and nothing that it says is
believed. `judging` is the trusted end, and `wire.protocol` says how the two talk. Cells run in
IPython's own shell, as they do in a notebook.
"""

import random
import socket
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from course_tools.grading.inside.shell import Shell
from course_tools.grading.wire import (
    MAX_TEXT,
    METHODS,
    Channel,
    Crossing,
    NotPortableError,
    Reference,
    describe,
    rebuild,
)


def main(connection: socket.socket) -> None:
    """Answer requests until the judge closes the connection."""
    Learner(Channel(connection)).serve()


class Learner:
    """The learner's names, and the objects among them that the judge holds references to."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._token = ""
        self._shell = Shell()
        self._crossing = Crossing("learner", self._callback, may_lend=lambda value: True)

    def serve(self) -> None:
        """Answer one request after another."""
        while True:
            try:
                self._answer_one(*self._channel.receive())
            except ConnectionError:
                return
            except KeyboardInterrupt:  # it came between two requests
                continue

    def _answer_one(self, request: dict, blob: bytes) -> None:
        before, self._token = self._token, request["token"]
        reply, content = self._answer(request, blob)
        try:
            self._channel.send(reply | {"token": self._token}, content)
        except NotPortableError as error:
            self._channel.send({"unportable": str(error), "token": self._token})
        self._token = before

    def _answer(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        try:
            return getattr(self, f"_{request['do']}")(request, blob)
        except NotPortableError as error:
            return {"unportable": str(error)[:MAX_TEXT]}, b""
        except BaseException as error:  # the learner's code may raise anything, even SystemExit
            return {"raised": describe(error)}, b""

    def _seed(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        random.seed(request["seed"])
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(request["seed"])
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(request["seed"])
        return self._crossing.write(None)

    def _run(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        outputs, raised = self._shell.run(request["source"], request["max_bytes"])
        return {"outputs": outputs, "raised": raised}, b""

    def _fetch(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        names = self._shell.names
        return self._crossing.write({n: names[n] for n in request["names"] if n in names})

    def _get(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        return self._crossing.write(getattr(self._lent(request), request["name"]))

    def _set(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        setattr(self._lent(request), request["name"], self._crossing.read(request, blob))
        return self._crossing.write(None)

    def _method(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        if request["name"] not in METHODS:
            raise AttributeError(request["name"])
        arguments = self._crossing.read(request, blob)
        result = getattr(self._lent(request), request["name"])(*arguments)
        return self._crossing.write(list(result) if request["name"] == "__iter__" else result)

    def _call(self, request: dict, blob: bytes) -> tuple[dict, bytes]:
        """Call; return the result, and which arguments the call has changed."""
        positional, named = self._crossing.read(request, blob)
        arguments = [*positional, *named.values()]
        before = [self._crossing.fingerprint(argument) for argument in arguments]
        nowhere = _Nowhere()
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            result = self._lent(request)(*positional, **named)
        changed = {
            position: argument
            for position, argument in enumerate(arguments)
            if before[position] is not None
            and self._crossing.fingerprint(argument) != before[position]
        }
        same_as = next(
            (n for n, argument in enumerate(arguments) if result is argument and before[n]), None
        )
        answer = {"changed": changed, "same_as": same_as}
        answer["result"] = None if same_as is not None else result
        return self._crossing.write(answer)

    def _lent(self, request: dict) -> Any:
        return self._crossing.lent[request["of"]]

    def _callback(self, description: dict) -> Any:
        """Return a function that asks the judge to call the one that a test handed over."""

        class Callback(Reference):
            def __call__(callback, *args: Any, **kwargs: Any) -> Any:
                message, content = self._crossing.write([list(args), kwargs])
                message |= {"do": "callback", "of": description["id"], "token": self._token}
                self._channel.send(message, content)
                reply, content = self._channel.receive()
                while "do" in reply:  # the test's function in turn calls the learner's
                    self._answer_one(reply, content)
                    reply, content = self._channel.receive()
                if "raised" in reply:
                    raise rebuild(reply["raised"])
                return self._crossing.read(reply, content)

        return Callback(description)


class _Nowhere:
    """Drops what a called function prints, on which a mark never depends."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False
