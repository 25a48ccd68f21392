"""Downloads end in time, whatever the other side does or leaves undone."""

import contextlib
import http.server
import socket
import threading
import time
import urllib.request
from urllib.error import HTTPError, URLError

import pytest

from course_lib.plumbing import downloads_end_in_time


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"01234")
        self.wfile.flush()
        if self.path == "/stalls":
            self.server.released.wait(10)
        with contextlib.suppress(OSError):  # the client has gone by then
            self.wfile.write(b"56789")

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.released = threading.Event()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.released.set()
        server.shutdown()


@pytest.fixture
def silent_address():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_download_works_and_the_opener_is_put_back(address, tmp_path):
    before = urllib.request._opener
    with downloads_end_in_time():
        urllib.request.urlretrieve(f"{address}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"0123456789"
    assert urllib.request._opener is before


def test_a_server_that_never_answers_is_given_up(silent_address):
    start = time.monotonic()
    with (
        downloads_end_in_time(answer_seconds=0.3),
        pytest.raises(URLError, match="no answer within 0.3 seconds"),
    ):
        urllib.request.urlopen(f"{silent_address}/file")
    assert time.monotonic() - start < 3


def test_a_proxy_that_never_answers_is_given_up(silent_address, monkeypatch):
    monkeypatch.setenv("http_proxy", silent_address)
    with downloads_end_in_time(answer_seconds=0.3), pytest.raises(URLError, match="no answer"):
        urllib.request.urlopen("http://example.invalid/file")


def test_a_transfer_that_stalls_ends(address, tmp_path):
    start = time.monotonic()
    with downloads_end_in_time(stall_seconds=0.3), pytest.raises(TimeoutError):
        urllib.request.urlretrieve(f"{address}/stalls", tmp_path / "file")
    assert time.monotonic() - start < 3


def test_refusals_and_missing_files_are_told_as_urllib_tells_them(address):
    with downloads_end_in_time(), pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/missing")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with downloads_end_in_time(), pytest.raises(URLError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/file")


def test_the_opener_is_put_back_after_a_failure():
    before = urllib.request._opener
    with pytest.raises(ZeroDivisionError), downloads_end_in_time():
        raise ZeroDivisionError
    assert urllib.request._opener is before


def test_a_download_is_announced_only_when_it_gets_somewhere(capsys):
    with downloads_end_in_time():
        print("Downloading data from https://example.org/weights.h5")
    assert capsys.readouterr().out == ""
    with downloads_end_in_time():
        print("Downloading data from https://example.org/weights.h5")
        print("1/10 ━━")
    assert capsys.readouterr().out.splitlines() == [
        "Downloading data from https://example.org/weights.h5",
        "1/10 ━━",
    ]
