"""A real browser in front of a real Jupyter server, as plain functions for tests.

    with jupyter_server(COURSE_LAB + [folder], tmp_path) as server, browser_page("dark") as page:
        page.goto(server.address("lab/tree/00_start_here.ipynb"))
        screenshot(page, "start_dark")

Pictures are kept in `test-output/`, which git ignores, so that a person can look at them.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import COURSE, ROOT
from playwright.sync_api import Page, expect, sync_playwright

PICTURES = ROOT / "test-output"
# `course lab`, as `make lab` runs it.
COURSE_LAB = [*COURSE, "lab"]
# How long a page or a server may take to answer on a busy machine, in seconds.
PATIENCE = 120
expect.set_options(timeout=PATIENCE * 1000)


@dataclass(frozen=True)
class Server:
    """A running Jupyter server: its address, ending in "/", its token, and what it has logged."""

    url: str
    token: str
    log: Path

    def address(self, path: str) -> str:
        """Return the address of a path such as `lab/tree/NOTEBOOK.ipynb`, with the token."""
        return f"{self.url}{path}?token={self.token}"


@contextlib.contextmanager
def jupyter_server(
    command: Sequence[str], private: Path, environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Iterator[Server]:  # fmt: skip
    """Start a Jupyter server on a free port, and stop it with its kernels at the end.

    Args:
        command: what starts it, such as `COURSE_LAB + [folder]`; the port is added.
        private: a folder for its configuration, data and log, so that nothing of the user's is
            read or changed.
        environment: further variables.
        cwd: the folder it is started in.
    """
    variables = os.environ | {
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "IPYTHONDIR": str(private / "ipython"),
        "COURSE_PROGRESS": str(private / "progress.jsonl"),
        **(environment or {}),
    }
    log = private / "server.log"
    private.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*map(str, command), "--no-browser", f"--ServerApp.port={_free_port()}"],
            cwd=cwd, env=variables, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            found = _wait_for_server(process, private / "runtime", log)
            yield Server(found["url"], found["token"], log)
        finally:
            _stop(process)


@contextlib.contextmanager
def browser_page(theme: str = "light", width: int = 1400, height: int = 1000) -> Iterator[Page]:
    """Open an empty page in Chromium; `theme` is what the system of its user prefers."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is missing; `make system-packages` installs it")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, "--disable-background-networking"]
        )
        try:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.set_default_timeout(PATIENCE * 1000)
            yield page
        except BaseException:
            screenshot(page, "failure")
            raise
        finally:
            browser.close()


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of what the page shows as `test-output/NAME.png`."""
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    return path


def open_notebook(page: Page, server: Server, name: str) -> None:
    """Open a notebook in JupyterLab and wait until its kernel is ready.

    Before, JupyterLab does not run what it is told to run.
    """
    page.goto(server.address(f"lab/tree/{name}"))
    wait_for_idle_kernel(page)


def wait_for_idle_kernel(page: Page) -> None:
    """Wait until JupyterLab's status bar says that the notebook's kernel has nothing to do."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def choose(page: Page, *menu: str) -> None:
    """Click through JupyterLab's menu, such as `choose(page, "Run", "Run All Cells")`."""
    labels = page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
    for item in menu:
        labels.get_by_text(item, exact=True).click()


def _free_port() -> int:
    """Return a port that was free a moment ago; Jupyter tries others if it no longer is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_server(process: subprocess.Popen, runtime: Path, log: Path) -> dict:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        # Jupyter writes the file when it has its port.
        for path in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):
                found = json.loads(path.read_text())
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection(("127.0.0.1", found["port"]), timeout=5),
                ):
                    return found
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen) -> None:
    """Let the server shut its kernels down, and whatever is left of its session with it."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
