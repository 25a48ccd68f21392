"""Python as it is on another system: what is missing there is taken away, in a process of its own.

Third-party packages and the standard library are imported before, because they know their systems;
what is tried is the course's own code.
"""

import subprocess
import sys

from checkout import ROOT

_PACKAGES = """
import asyncio, concurrent.futures, ctypes, multiprocessing, select, signal, socket, subprocess
import importlib.metadata, platform, shutil, tempfile, threading, urllib.request, zipfile
import bs4, IPython, jinja2, joblib, jupytext, matplotlib.pyplot, msgspec, nbclient, nbconvert
import nbformat, nbgrader.api, nbgrader.apps, nbgrader.converters, nbgrader.preprocessors
import nh3, packaging.requirements, pkgutil, platformdirs, PIL.Image, psutil, rich.console
import rich.progress, scipy.stats, sklearn.model_selection, sklearn.pipeline, threadpoolctl, typer
import typer.testing
"""
_TAKE_AWAY = """
import os, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {modules}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
for name in {modules}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for module, names in {attributes}.items():
    for name in names:
        vars(sys.modules[module]).pop(name, None)
sys.platform = {platform!r}
os.environ["PATH"] = os.path.dirname(sys.executable)
"""
# https://docs.python.org/3/library/os.html and signal.html say of each on which systems it is.
_UNIX_MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
_UNIX_NAMES = {
    "os": [
        "chown", "fork", "geteuid", "getuid", "getgid", "getpgid", "killpg", "mkfifo", "nice",
        "pidfd_open", "sched_getaffinity", "setsid", "sysconf", "uname", "wait4", "waitid",
    ],
    "signal": [
        "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGSTOP", "SIGUSR1", "SIGXCPU", "alarm",
        "pthread_sigmask", "setitimer",
    ],
    "socket": ["AF_UNIX"],
    "select": ["poll", "epoll"],
}  # fmt: skip
_LINUX_NAMES = {"os": ["pidfd_open", "sched_getaffinity"], "select": ["epoll"]}


def run_python(system, code, *arguments, cwd=ROOT, env=None):
    """Run code as on "win32" or "darwin", with `course(*arguments)` for the command line."""
    missing = {
        "win32": {"modules": _UNIX_MODULES, "attributes": _UNIX_NAMES},
        "darwin": {"modules": set(), "attributes": _LINUX_NAMES},
    }[system]
    prelude = _PACKAGES + _TAKE_AWAY.format(platform=system, **missing)
    return subprocess.run(
        [sys.executable, "-c", prelude + code, *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env=env,
    )  # fmt: skip


def run_course_without_local(*arguments, on_colab):
    """Run a command where only what lessons import is installed, on Colab or elsewhere."""
    modules = {
        *("bs4", "ipykernel", "jinja2", "jupyterlab", "jupytext", "msgspec", "nbclient"),
        *("nbconvert", "nbformat", "nbgrader", "nh3"),
    }
    prelude = "import os, sys, types, course_tools.commands\n"
    prelude += _TAKE_AWAY.format(platform="linux", modules=modules, attributes={})
    if on_colab:
        prelude += "sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
    return subprocess.run(
        [sys.executable, "-c", f"{prelude}\ncourse_tools.commands.main()", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
