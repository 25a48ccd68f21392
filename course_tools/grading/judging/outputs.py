"""What a learner's cells and the tests print, made of plain data that any file can hold."""

import re
from collections.abc import Iterator
from typing import Any

from course_tools.grading.wire import MalformedError

MAX_OUTPUT_BYTES = 2**20
MAX_MESSAGE = 2000
MAX_OUTPUTS = 1000
# Control characters, halves of characters, and marks that turn the direction of writing.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def checked_outputs(reply: dict) -> list[dict]:
    """Return a cell's outputs rebuilt from plain data, so that a notebook file can hold them.

    Raises:
        MalformedError: they are not outputs, or more than were asked for.
    """
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
        raise TypeError("an output that is not text")
    return value.encode("utf-8", "replace").decode("utf-8")


def clean(text: str) -> str:
    """Return a text that any file, terminal and table can show, without a terminal's codes."""
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", "\n"))
