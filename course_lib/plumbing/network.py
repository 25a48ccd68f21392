"""Downloads that give up: within seconds without a network, and when a transfer stalls.

Keras downloads through `urllib.request` without any time limit, so a firewall that swallows packets
would leave a learner waiting for minutes. `downloads_end_in_time` puts an opener with limits in
place for as long as it is entered. Files that Keras finds in its cache need no opener at all.
"""

import contextlib
import io
import queue
import sys
import threading
import urllib.request
from collections.abc import Iterator
from typing import TextIO
from urllib.error import HTTPError, URLError

ANSWER_SECONDS = 6.0
STALL_SECONDS = 30.0


@contextlib.contextmanager
def downloads_end_in_time(
    answer_seconds: float = ANSWER_SECONDS, stall_seconds: float = STALL_SECONDS
) -> Iterator[None]:
    """Give every `urllib.request.urlopen` inside the `with` block time limits.

    A server that has not answered after `answer_seconds` (name look-up and proxies included) raises
    `urllib.error.URLError`; a transfer that brings nothing for `stall_seconds` raises
    `TimeoutError`. Proxies are read from the environment anew, as urllib does by itself only once.
    """
    # urllib keeps the opener that `install_opener` replaces only in this attribute.
    previous = urllib.request._opener  # type: ignore[attr-defined]
    urllib.request.install_opener(_ImpatientOpener(answer_seconds, stall_seconds))
    try:
        with contextlib.redirect_stdout(_AnnouncementHeldBack(sys.stdout)):
            yield
    finally:
        urllib.request.install_opener(previous)


class _AnnouncementHeldBack(io.TextIOBase):
    """Passes text on, but Keras' "Downloading data from …" only when more text follows it.

    What follows is the progress of a download that works. One that fails announces nothing: the
    error that it ends in says what happened.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._held = ""

    def write(self, text: str) -> int:
        if text.startswith("Downloading data from") or (self._held and not text.strip()):
            self._held += text
        else:
            self._stream.write(self._held + text)
            self._held = ""
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


class _ImpatientOpener(urllib.request.OpenerDirector):
    """Opens addresses in a thread of its own, because a name look-up accepts no time limit."""

    def __init__(self, answer_seconds: float, stall_seconds: float) -> None:
        super().__init__()
        self._answer_seconds = answer_seconds
        self._stall_seconds = stall_seconds

    def open(self, fullurl, data=None, timeout=None):  # noqa: ANN001 (urllib's own signature)
        outcomes: queue.Queue = queue.Queue()
        given_up = threading.Event()

        def connect() -> None:
            try:
                opener = urllib.request.build_opener()
                response = opener.open(fullurl, data, timeout=self._stall_seconds)
            except Exception as error:  # handed to the waiting thread, which raises it
                outcomes.put(error)
                return
            if given_up.is_set():
                response.close()
            outcomes.put(response)

        threading.Thread(target=connect, name="course-download", daemon=True).start()
        try:
            outcome = outcomes.get(timeout=self._answer_seconds)
        except queue.Empty:
            given_up.set()
            raise URLError(f"no answer within {self._answer_seconds:g} seconds") from None
        if isinstance(outcome, (URLError, HTTPError)):
            raise outcome
        if isinstance(outcome, Exception):
            raise URLError(f"{type(outcome).__name__}: {outcome}") from outcome
        return outcome
