"""The warm interpreter: it has imported what lessons import, and forks a child for each question.

`sandbox.warm` starts it, with an inherited socket. Over that comes one byte for each child to fork,
with three descriptors: the child's end of the judge's connection, the log, and a control socket.
Everything else goes over the control socket, which the learner never holds:

    judge -> child    one line of JSON (limits, sizes of files), the files' bytes; later: closed
    child -> judge    {"started": true} with descriptors of the keeper and the learner's process;
                      later {"exit": n} or {"signal": n}; or {"error": "…"}

A child is two processes: the keeper, which is process 1 of the child's own namespace and ends, and
takes everything with it, when the learner's process ends or the judge goes away; and the learner's.
"""

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

from course_tools.grading import processes
from course_tools.grading.inside import isolation

CONNECTION = 3


def main(configuration_json: str) -> None:
    """Import the modules to preload, say that it is ready, and fork until the socket is closed."""
    configuration = json.loads(configuration_json)
    requests = socket.socket(fileno=configuration["socket"])
    # The current directory, and what others may write to, is never searched first.
    sys.path += [path for path in configuration["paths"] if path not in sys.path]
    for name in configuration["preload"]:
        importlib.import_module(name)
    module, _, function = configuration["entry"].partition(":")
    entry = getattr(importlib.import_module(module), function)
    threads = _threads()
    if threads != 1:
        raise SystemExit(f"{threads} threads run after the imports; a fork would hang. Wanted: 1.")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave nothing behind
    gc.collect()
    gc.freeze()
    requests.sendall(b"r")
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, 1, 3)
        if not request:
            if not configuration["isolate"]:
                shutil.rmtree(configuration["private"], ignore_errors=True)
            os._exit(0)
        if os.fork() == 0:
            requests.close()
            _run_child(configuration, entry, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _run_child(configuration: dict, entry: Callable, descriptors: list[int]) -> None:
    """Isolate this process and fork the keeper; never return."""
    connection, log, control_descriptor = descriptors
    control = socket.socket(fileno=control_descriptor)
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        header, files = _receive_order(control)
        os.setsid()
        uid, gid = os.getuid(), os.getgid()
        if configuration["isolate"]:
            private = configuration["private"]
            isolation.own_namespaces(private, header["disk_bytes"], configuration["own_tmp"])
            if os.fork() != 0:
                os._exit(0)
            isolation.give_up_rights(uid, gid)
        else:
            private = header["private"]
            _move_variables(configuration["private"], private)
            isolation.adopt_orphans()
        _write_files(private, files)
        isolation.no_new_privileges()
        isolation.set_traceable(False)
        _keep(control, connection, entry, header, private)
    except BaseException as error:
        traceback.print_exc()
        control.sendall(json.dumps({"error": repr(error)}).encode() + b"\n")
    finally:
        os._exit(1)


def _receive_order(control: socket.socket) -> tuple[dict, dict[str, bytes]]:
    with control.makefile("rb") as stream:
        header = json.loads(stream.readline())
        return header, {name: stream.read(size) for name, size in header["files"]}


def _move_variables(shared: str, private: str) -> None:
    """Without namespaces each child's private place has a path of its own."""
    for name, value in os.environ.items():
        if value.startswith(shared):
            os.environ[name] = private + value.removeprefix(shared)
    tempfile.tempdir = None


def _write_files(private: str, files: dict[str, bytes]) -> None:
    os.makedirs(f"{private}/home/matplotlib", exist_ok=True)
    os.chdir(f"{private}/work")
    for name, content in files.items():
        with open(name, "xb") as file:
            file.write(content)


def _keep(
    control: socket.socket, connection: int, entry: Callable, header: dict, private: str
) -> None:
    """Fork the learner's process, watch over it and say how it ended; never return."""
    learner = os.fork()
    if learner == 0:
        _run_learner(connection, entry, header)
    os.close(connection)
    os.dup2(0, 1)
    os.dup2(0, 2)
    watched = [os.pidfd_open(os.getpid()), os.pidfd_open(learner)] if _has_pidfd() else []
    started = {"started": True, "keeper": os.getpid(), "learner": learner}
    socket.send_fds(control, [json.dumps(started).encode() + b"\n"], watched)
    sources: list[Any] = [control, *watched[1:]]
    while True:
        # The learner's orphans are waited for now and then; else they would count as processes.
        ready, _, _ = select.select(sources, [], [], 0.2 if watched else 0.02)
        if control in ready:  # the judge has gone away, or is done with this child
            if not header["isolated"]:
                processes.end_descendants(os.getpid())
                shutil.rmtree(private, ignore_errors=True)
            os._exit(0)
        while (ended := _wait()) is not None:
            if ended[0] != learner:
                continue
            code = os.waitstatus_to_exitcode(ended[1])
            how = {"exit": code} if code >= 0 else {"signal": -code}
            control.sendall(json.dumps(how).encode() + b"\n")
            if not header["isolated"]:
                control.recv(1)  # the judge ends what is left, then this process
            os._exit(0)


def _has_pidfd() -> bool:
    return hasattr(os, "pidfd_open")


def _wait() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None


def _run_learner(connection: int, entry: Callable[[Any], None], header: dict) -> None:
    """Run the learner's end with nothing open but its connection and the log; never return."""
    code = 1
    try:
        os.setsid()
        os.dup2(connection, CONNECTION)
        os.closerange(CONNECTION + 1, 65536)
        isolation.set_limits(header)
        isolation.set_traceable(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.path.append(os.getcwd())  # last: a submitted numpy.py is not what `import numpy` finds
        entry(socket.socket(fileno=CONNECTION))
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 255)
