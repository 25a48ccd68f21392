"""IPython's shell without a kernel: it runs a cell and returns outputs as notebooks hold them."""

import base64
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

MAX_TRACEBACK_LINES = 60


class Outputs:
    """The outputs of one cell; a note stands for what exceeds `max_bytes` in all."""

    def __init__(self, max_bytes: int):
        self.list: list[dict] = []
        self._left = max_bytes

    def stream(self, name: str, text: str) -> None:
        """Add text that was written to `stdout` or `stderr`."""
        if not self._take(len(text)):
            return
        if self.list and self.list[-1].get("name") == name:
            self.list[-1]["text"] += text
        else:
            self.list.append({"output_type": "stream", "name": name, "text": text})

    def rich(self, kind: str, data: dict, metadata: dict | None) -> None:
        """Add what was displayed: MIME type -> text."""
        data = {mime: text for mime, text in data.items() if isinstance(text, str)}
        if data and self._take(sum(map(len, data.values()))):
            self.list.append({"output_type": kind, "data": data, "metadata": metadata or {}})

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """Add an exception with the last lines of its traceback."""
        self.list.append(
            {
                "output_type": "error",
                "ename": name[:200],
                "evalue": value[:2000],
                "traceback": [line[:2000] for line in lines[-MAX_TRACEBACK_LINES:]],
            }
        )

    def _take(self, size: int) -> bool:
        if self._left < 0:
            return False
        self._left -= size
        if self._left < 0:
            note = "[The output was cut here: it is longer than the grader keeps.]\n"
            self.list.append({"output_type": "stream", "name": "stdout", "text": note})
        return self._left >= 0


class _Publisher(DisplayPublisher):
    outputs: Outputs | None = None

    def publish(
        self, data: dict, metadata: dict | None = None, source: Any = None, **_: Any
    ) -> None:
        if self.outputs is not None:
            self.outputs.rich("display_data", _as_text(data), metadata)

    def clear_output(self, wait: bool = False) -> None:
        """Keep what was printed: a person may want to see it."""


class _Hook(DisplayHook):
    outputs: Outputs | None = None

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        if self.outputs is not None:
            self.outputs.rich("execute_result", _as_text(format_dict), md_dict)

    def finish_displayhook(self) -> None: ...


class _CellShell(InteractiveShell):
    outputs: Outputs | None = None

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        if self.outputs is not None:
            self.outputs.error(etype.__name__, str(evalue), "\n".join(stb).splitlines())


class Shell:
    """A shell with the names of one learner."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        self._shell = _CellShell.instance(
            config=config, display_pub_class=_Publisher, displayhook_class=_Hook
        )
        if "matplotlib" in sys.modules:
            self._show_figures()

    @property
    def names(self) -> dict[str, Any]:
        """The learner's global names."""
        return self._shell.user_ns

    def run(self, source: str, max_bytes: int) -> tuple[list[dict], bool]:
        """Run a cell; return its outputs (as in a notebook file) and whether it raised."""
        outputs = Outputs(max_bytes)
        parts: tuple[Any, ...] = (self._shell, self._shell.display_pub, self._shell.displayhook)
        for part in parts:
            part.outputs = outputs
        try:
            with _streams_to(outputs):
                result = self._shell.run_cell(source, store_history=False)
        finally:
            for part in parts:
                part.outputs = None
        return outputs.list, not result.success

    def _show_figures(self) -> None:
        """Let open figures appear at the end of a cell, as `%matplotlib inline` does."""
        from matplotlib_inline.backend_inline import configure_inline_support

        configure_inline_support(self._shell, "module://matplotlib_inline.backend_inline")


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str):
        self._outputs, self._name = outputs, name

    def write(self, text: str) -> int:
        self._outputs.stream(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        if sys.__stdout__ is None:
            raise io.UnsupportedOperation("fileno")
        return sys.__stdout__.fileno()


@contextmanager
def _streams_to(outputs: Outputs) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _as_text(data: dict) -> dict:
    """Return display data with its bytes in base64, as notebook files hold them."""
    return {
        mime: base64.b64encode(content).decode() if isinstance(content, bytes) else content
        for mime, content in data.items()
    }
