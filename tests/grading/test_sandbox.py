"""The sandbox: what a learner's process can't see, reach, use up or leave behind."""

import ast
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from course_lib.errors import CourseError
from course_tools.grading.sandbox import Limits, Sandbox, bubblewrap
from course_tools.grading.sandbox import warm as sandbox

ENTRY = Path(__file__).parent / "sandbox_entry"
MEGABYTE = 2**20


def small():
    return {"preload": ["json"], "entry": "probe:main", "extra_read_only": [str(ENTRY)]}


def make(kind="bubblewrap", **changes):
    if kind == "bubblewrap":
        try:
            sandbox.require(kind)
        except CourseError as error:
            pytest.skip(f"bubblewrap does not work here: {error}")
    return Sandbox.start(kind, **(small() | changes))


@pytest.fixture(scope="module")
def warm():
    with make() as warm:
        yield warm


@pytest.fixture
def fork(warm):
    children = []

    def fork(*arguments, **named):
        children.append(warm.fork(*arguments, **named))
        return children[-1]

    yield fork
    for child in children:
        child.kill()


def send(child, code):
    code = textwrap.dedent(code).encode()
    child.connection.settimeout(20)
    child.connection.sendall(b"%d\n" % len(code) + code)


def receive(child):
    data = b""
    while not data.endswith(b"\n"):
        more = child.connection.recv(65536)
        if not more:
            return None
        data += more
    return ast.literal_eval(data.decode())


def run(child, code):
    """Return `answer` as the code leaves it, the last line of its traceback, or None: it died."""
    send(child, code)
    try:
        return receive(child)
    except ConnectionError:
        return None


def processes_with(marker):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def gone(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            return True
        time.sleep(0.05)
    return False


# What it sees


def test_a_child_runs_code_and_says_how_it_ended(fork):
    child = fork()
    assert run(child, "answer = 6 * 7") == 42
    assert child.ended() is None
    run(child, "import os; os._exit(3)")
    assert child.ended(wait=5) == "exit 3"


def test_a_crash_is_told_by_its_signal_and_costs_no_other_child(fork):
    first, second = fork(), fork()
    run(first, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert first.ended(wait=5) == "signal 11"
    assert run(second, "answer = 1") == 1


def test_neither_checkout_nor_home_nor_other_files_can_be_seen(fork, root, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("marks")
    child = fork()
    for path in (secret, root / "solutions", root / "answers", root / ".git"):
        assert run(child, f"import os; answer = os.path.exists({str(path)!r})") is False
    assert run(child, "answer = os.listdir(os.path.expanduser('~'))") == ["matplotlib"]
    assert (
        run(child, "answer = os.path.exists('/etc/passwd') or os.path.exists('/etc/shadow')")
        is False
    )
    assert run(child, "import course_lib; answer = os.listdir(course_lib.__path__[0]) != []")
    beside = run(child, "answer = os.listdir(os.path.dirname(course_lib.__path__[0]))")
    assert set(beside) <= {"course_lib", "course_tools", "tests", ".venv"}
    listed = f"answer = os.listdir({str(ENTRY.parent)!r})"
    assert run(child, listed) == [ENTRY.name]


def test_of_the_tools_only_what_runs_inside_can_be_seen(fork):
    child = fork()
    listed = run(
        child,
        "import course_tools.grading as grading, course_tools as tools, os\n"
        "answer = [sorted(set(os.listdir(each.__path__[0])) - {'__pycache__'})"
        " for each in (tools, grading)]",
    )
    if listed[0] != ["__init__.py", "grading"]:
        pytest.skip("the course is installed with the other packages, which are all visible")
    assert listed[1] == ["__init__.py", "inside", "processes.py", "wire"]


def test_the_system_and_the_environment_are_read_only(fork):
    child = fork()
    places = ["/usr", "/", "/dev", "/etc", sys.prefix, sys.base_prefix, str(ENTRY)]
    places += ["/proc/sys/kernel", "/usr/lib"]
    for place in places:
        assert "Error" in run(child, f"open({place + '/written'!r}, 'w')")
    assert "Error" in run(child, "open('/proc/sys/kernel/core_pattern', 'w').write('x')")
    assert "Error" in run(child, "open('/proc/sys/user/max_user_namespaces', 'w').write('9')")


def test_there_is_no_right_left(fork):
    child = fork()
    status = run(child, "answer = open('/proc/self/status').read()")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == int(fields["CapAmb"], 16) == 0
    assert fields["NoNewPrivs"] == "1"
    expected = bubblewrap.NOBODY if os.getuid() == 0 else os.getuid()
    assert fields["Uid"].split() == [str(expected)] * 4
    assert fields["Groups"].split() in ([], ["65534"])
    # Not even in a further user namespace, where it could mount.
    new = "import ctypes; c = ctypes.CDLL(None, use_errno=True); answer = c.unshare(0x10000000)"
    assert run(child, new) == -1


def test_calls_whose_memory_no_limit_sees_are_refused(fork):
    if bubblewrap.system_call_filter() is None:
        pytest.skip("the numbers of this machine's system calls are not known")
    child = fork()
    assert "PermissionError" in run(child, "import os; os.memfd_create('x')")
    assert "PermissionError" in run(child, "import socket; socket.socket(40, 1)")  # AF_VSOCK
    assert run(child, "socket.socketpair(); answer = 'works'") == "works"


def test_there_is_no_network(fork):
    abstract = f"\0course-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(abstract)
        local.listen()
        port = server.getsockname()[1]
        child = fork()
        assert "OSError" in run(
            child, f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        )
        assert "Error" in run(child, f"s = socket.socket(socket.AF_UNIX); s.connect({abstract!r})")


def test_only_its_own_processes_can_be_seen_and_the_keeper_not_be_touched(fork):
    child = fork()
    fork()
    pids = run(child, "import os; answer = [int(p) for p in os.listdir('/proc') if p.isdigit()]")
    assert pids == [1, 2]
    assert "PermissionError" in run(child, "open('/proc/1/mem', 'rb+')")
    assert "PermissionError" in run(child, "os.listdir('/proc/1/fd')")
    run(child, "import signal\nfor n in (2, 9, 15, 17, 19): os.kill(1, n)")
    assert run(child, "answer = 1") == 1


def test_nothing_is_open_but_the_connection_and_the_log(fork):
    child = fork()
    names = run(
        child, "import os; answer = [(n, os.readlink(f'/proc/self/fd/{n}')) for n in range(3)]"
    )
    assert names[0] == (0, "/dev/null")
    assert names[1][1].startswith("pipe:")
    assert names[1][1] == names[2][1]
    assert run(child, "answer = sorted(map(int, os.listdir('/proc/self/fd')))") == [0, 1, 2, 3, 4]
    assert run(child, "answer = os.path.exists('/proc/self/fd/4')") is False  # was the listing


def test_the_environment_does_not_leak(fork, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with make() as own:
        names = run(own.fork(), "import os; answer = dict(os.environ)")
    assert "SECRET_TOKEN" not in names
    assert names["HOME"].startswith(bubblewrap.PRIVATE)
    assert names["NBGRADER_EXECUTION"] == "autograde"


def test_temporary_files_are_private(fork):
    first, second = fork(), fork()
    write = """
        import os, tempfile
        for place in ("/dev/shm", tempfile.gettempdir(), os.getcwd(), os.path.expanduser("~")):
            open(place + "/note", "w").write("x")
    """
    assert run(first, write) is None
    look = """
        import os, tempfile
        places = ("/dev/shm", "/tmp", tempfile.gettempdir(), os.getcwd(), os.path.expanduser("~"))
        answer = [os.path.exists(place + "/note") for place in places]
    """
    assert run(first, look).count(True) >= 4
    assert run(second, look) == [False] * 5
    assert not Path("/dev/shm/note").exists()


def test_submitted_files_are_there_but_shadow_nothing(fork):
    files = {"data.csv": b"1,2\n", "json.py": b"1/0", "course_lib.py": b"1/0", "mine.py": b"x = 5"}
    files |= {"colorsys.py": b"1/0"}
    child = fork(files=files)
    assert run(child, "answer = open('data.csv').read()") == "1,2\n"
    assert run(child, "import json, course_lib, colorsys, mine; answer = mine.x") == 5


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "", ".", "..", "a\0b", "\ud800", "x" * 300])
def test_files_with_other_than_plain_names_are_refused(warm, name):
    with pytest.raises(CourseError, match="plain file name"):
        warm.fork(files={name: b""})


# What it can use up


def test_private_memory_is_bounded(fork):
    child = fork(Limits(memory_bytes=200 * MEGABYTE))
    assert "MemoryError" in run(child, "x = bytearray(400 * 2**20)")
    assert run(child, "answer = 1") == 1


def test_memory_of_several_processes_is_bounded_together(fork):
    child = fork(Limits(memory_bytes=200 * MEGABYTE))
    code = """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                x = bytearray(b"x") * (100 * 2**20)
                time.sleep(30)
        time.sleep(30)
    """
    assert run(child, code) is None
    assert child.ended(wait=5) == "memory"
    assert child.peak_memory_bytes() > 200 * MEGABYTE


def test_shared_memory_is_bounded_also_when_the_log_is_closed(fork):
    child = fork(
        Limits(memory_bytes=200 * MEGABYTE, disk_bytes=600 * MEGABYTE, file_bytes=600 * MEGABYTE)
    )
    code = """
        import mmap, os, time
        os.close(1)
        os.close(2)
        file = open("shared", "w+b")
        file.truncate(400 * 2**20)
        x = mmap.mmap(file.fileno(), 400 * 2**20)
        for start in range(0, len(x), 2**20):
            x[start:start + 2**20] = b"x" * 2**20
        time.sleep(30)
    """
    assert run(child, code) is None
    assert child.ended(wait=5) == "memory"


def test_shared_memory_without_a_file_is_refused(fork):
    """Its pages stay when they are unmapped, so no measurement would see them."""
    if bubblewrap.system_call_filter() is None:
        pytest.skip("the numbers of this machine's system calls are not known")
    child = fork()
    assert "PermissionError" in run(child, "import mmap; mmap.mmap(-1, 4096)")
    assert run(child, "answer = len(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE))") == 4096
    assert run(child, "zero = open('/dev/zero', 'r+b')") is None
    assert "Error" in run(child, "mmap.mmap(zero.fileno(), 4096)")


ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Call, architecture -> its number, from the kernel's tables; arguments that matter.
CALLS = {
    "x86_64": {"read": 0, "mmap": 9, "shmget": 29, "socket": 41, "keyctl": 250, "clone": 56,
               "open_by_handle_at": 304, "memfd_create": 319, "memfd_secret": 447},
    "aarch64": {"read": 63, "mmap": 222, "shmget": 194, "socket": 198, "keyctl": 219, "clone": 220,
                "open_by_handle_at": 265, "memfd_create": 279, "memfd_secret": 447},
}  # fmt: skip
ALLOW, REFUSE = 0x7FFF0000, 0x00050001


def answer_of(program, architecture, number, arguments):
    """What the kernel makes of the filter: a classic BPF program, run for one call."""
    words = [number, architecture, 0, 0, *(half for each in arguments for half in (each, 0))]
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        if code == 0x20:
            accumulator = words[value // 4]
        elif code == 0x54:
            accumulator &= value
        elif code == 0x15:
            at += if_true if accumulator == value else if_false
        elif code == 0x35:
            at += if_true if accumulator >= value else if_false
        else:
            assert code == 0x06, hex(code)
            return value


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_decides_each_call_as_its_table_says(monkeypatch, machine):
    monkeypatch.setattr(bubblewrap.platform, "machine", lambda: machine)
    program = list(struct.iter_unpack("=HBBI", bubblewrap.system_call_filter()))
    calls = CALLS[machine]

    def decided(name, *arguments, architecture=ARCHITECTURES[machine], add=0):
        padded = [*arguments, *[0] * (6 - len(arguments))]
        return answer_of(program, architecture, calls[name] + add, padded)

    for name in set(calls) - {"read", "clone", "mmap", "socket"}:
        assert decided(name) == REFUSE, name
    assert decided("read") == decided("clone") == ALLOW
    # Flags of mmap, the fourth argument: MAP_SHARED 1, MAP_PRIVATE 2, MAP_ANONYMOUS 0x20.
    flags = {0x21: REFUSE, 0x22: ALLOW, 0x01: ALLOW, 0x02: ALLOW, 0x4021: REFUSE}
    assert {each: decided("mmap", 0, 4096, 3, each) for each in flags} == flags
    families = {1: ALLOW, 2: ALLOW, 10: ALLOW, 16: ALLOW, 17: REFUSE, 38: REFUSE, 40: REFUSE}
    assert {each: decided("socket", each) for each in families} == families
    # Another architecture's numbers, and the other way of calling on x86, mean other calls.
    assert decided("read", architecture=0x40000003) == REFUSE
    assert decided("read", add=0x40000000) == REFUSE


def test_the_jumps_of_the_filter_have_not_moved(monkeypatch):
    """They are counted by hand: whoever changes the program looks at every jump again."""
    programs = []
    for machine in ARCHITECTURES:
        monkeypatch.setattr(bubblewrap.platform, "machine", lambda machine=machine: machine)
        steps = struct.iter_unpack("=HBBI", bubblewrap.system_call_filter())
        programs.append([step[:3] for step in steps])
    forbidden = [(0x15, 0, 1), (0x06, 0, 0)] * 13
    assert programs[0] == programs[1] == [
        (0x20, 0, 0), (0x15, 1, 0), (0x06, 0, 0), (0x20, 0, 0), (0x35, 0, 1), (0x06, 0, 0),
        *forbidden,
        (0x15, 0, 5), (0x20, 0, 0), (0x54, 0, 0), (0x15, 0, 1), (0x06, 0, 0), (0x06, 0, 0),
        (0x15, 1, 0), (0x06, 0, 0), (0x20, 0, 0),
        *[(0x15, 0, 1), (0x06, 0, 0)] * 4,
        (0x06, 0, 0),
    ]  # fmt: skip


def test_addresses_are_bounded(fork):
    child = fork()
    reserve = "import mmap; mmap.mmap(-1, 2**40, mmap.MAP_PRIVATE, mmap.PROT_READ)"
    assert "OSError" in run(child, reserve)


def test_a_watcher_survives_processes_that_end_at_once(fork):
    child = fork(Limits(memory_bytes=200 * MEGABYTE))
    code = """
        import os, time
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            if os.fork() == 0:
                os._exit(0)
            os.wait()
        if os.fork() == 0:
            x = bytearray(b"x") * (150 * 2**20)
            time.sleep(30)
        x = bytearray(b"x") * (150 * 2**20)
        time.sleep(30)
    """
    assert run(child, code) is None
    assert child.ended(wait=5) == "memory"


def test_files_in_shared_memory_count_as_memory(fork):
    child = fork(Limits(memory_bytes=100 * MEGABYTE, disk_bytes=400 * MEGABYTE))
    code = """
        import time
        for n in range(4):
            open(f"/dev/shm/{n}", "wb").write(b"x" * (50 * 2**20))
        time.sleep(30)
    """
    assert run(child, code) is None
    assert child.ended(wait=5) == "memory"


def test_disk_is_bounded(fork):
    child = fork(Limits(file_bytes=4 * MEGABYTE, disk_bytes=10 * MEGABYTE))
    assert "File too large" in run(child, "open('one', 'wb').write(b'x' * (5 * 2**20))")
    many = """
        for n in range(9):
            open(f"{n}", "wb").write(b"x" * (3 * 2**20))
    """
    assert "No space left" in run(child, many)


def test_a_fork_bomb_is_bounded(fork):
    child = fork(Limits(processes=20))
    bomb = """
        import os, time
        while True:
            try:
                os.fork()
            except OSError:
                time.sleep(0.01)
    """
    send(child, bomb)
    time.sleep(0.5)
    assert child.ended() in (None, "processes")
    child.kill()
    assert child.ended() in ("killed", "processes")


def test_threads_are_bounded(fork):
    child = fork(Limits(processes=20))
    code = """
        import threading, time
        for _ in range(50):
            threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    """
    assert "can't start new thread" in run(child, code)


def test_output_is_bounded_and_its_end_is_kept(fork):
    child = fork()
    run(child, "import os; os.write(2, b'first' + b'.' * 10**6 + b'last words')")
    child.kill()
    assert child.stderr().endswith("last words")
    assert len(child.stderr()) <= sandbox.LOG_BYTES
    child = fork()
    send(child, "import os\nwhile True: os.write(1, b'x' * 2**20)")
    assert child.ended(wait=10) == "output"


def test_processor_time_is_bounded(fork):
    child = fork(Limits(cpu_seconds=1))
    send(child, "while True: pass")
    assert child.ended(wait=10) == "cpu time"


# What it leaves behind


def test_an_interrupt_reaches_the_code(fork):
    child = fork()
    wait = """
        import time
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            answer = "interrupted"
    """
    send(child, wait)
    time.sleep(0.2)
    child.interrupt()
    assert receive(child) == "interrupted"


@pytest.mark.parametrize("kind", ["bubblewrap", "none"])
def test_everything_it_started_is_gone_when_kill_returns(kind):
    marker = f"course-{os.getpid()}-{kind}"
    detached = f"""
        import os, signal, subprocess, sys
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "{marker}"],
                                 start_new_session=True)
                os._exit(0)
            os._exit(0)
        import time
        time.sleep(0.5)
    """
    with make(kind) as own:
        child = own.fork()
        run(child, detached)
        assert len(processes_with(marker)) == 1
        child.interrupt()
        child.kill()
        assert processes_with(marker) == []
        ending = own.fork()
        run(ending, detached)
        run(ending, "os._exit(0)")
        assert ending.ended(wait=5) == "exit 0"
        ending.kill()
        assert processes_with(marker) == []


@pytest.mark.parametrize("kind", ["bubblewrap", "none"])
def test_a_judge_that_is_killed_takes_everything_with_it(kind, tmp_path):
    marker = f"course-killed-{os.getpid()}-{kind}"
    code = f"""
        import sys, time
        from course_tools.grading.sandbox.warm import Sandbox
        warm = Sandbox.start({kind!r}, **{small()!r})
        child = warm.fork()
        code = b"import subprocess, sys; command = [sys.executable, '-c', 'input()', '{marker}'];"
        code += b"subprocess.Popen(command, stdin=subprocess.PIPE)"
        child.connection.sendall(b"%d\\n" % len(code) + code)
        child.connection.recv(100)
        print("ready", flush=True)
        time.sleep(60)
    """
    make(kind).close()
    judge = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert judge.stdout.readline() == "ready\n"
    assert gone(lambda: len(processes_with(marker)) != 2)  # its command line names it as well
    judge.send_signal(signal.SIGKILL)
    judge.wait()
    judge.stdout.close()
    assert gone(lambda: processes_with(marker))
    assert gone(lambda: list(tmp_path.iterdir()))


def test_closing_the_sandbox_ends_its_children():
    with make() as own:
        child = own.fork()
    assert child.ended() == "killed"
    with pytest.raises(CourseError, match="could not fork"):
        own.fork()


def test_a_thread_that_made_the_sandbox_may_end():
    import threading

    made = []
    thread = threading.Thread(target=lambda: made.append(make()))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with made[0] as own:
        assert run(own.fork(), "answer = 1") == 1


# Where it does not work


def test_a_preload_that_fails_is_told():
    with pytest.raises(CourseError, match="no_such_module"):
        make(preload=["no_such_module"])


def test_a_preload_that_leaves_a_thread_is_told():
    with pytest.raises(CourseError, match="2 threads"):
        make(preload=["leaves_a_thread"])


def test_missing_bubblewrap_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(CourseError, match="apt install bubblewrap"):
        sandbox.require("bubblewrap")


def test_forbidden_namespaces_are_told_with_how_to_allow_them():
    message = bubblewrap.explain_failure("bwrap: No permissions to create new namespace")
    assert "apparmor_restrict_unprivileged_userns" in message


def test_without_walls_a_child_still_has_its_limits_and_files():
    with make("none") as own:
        child = own.fork(Limits(memory_bytes=200 * MEGABYTE), {"data.csv": b"1"})
        assert run(child, "answer = open('data.csv').read()") == "1"
        assert "MemoryError" in run(child, "x = bytearray(400 * 2**20)")
        place = run(child, "import os; answer = os.getcwd()")
        child.kill()
    assert not os.path.exists(place)


def test_an_ordinary_user_can_use_it(root):
    """With the system's Python, since the environment's may lie where that user can't read."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can become another user, with setpriv")
    make().close()
    as_user = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    code = f"""
        import sys
        sys.path.insert(0, {str(root)!r})
        from course_tools.grading.sandbox.warm import Sandbox
        with Sandbox.start(**{small()!r}) as warm:
            child = warm.fork()
            code = b"import os; answer = os.getuid(), os.getpid()"
            child.connection.sendall(b"%d\\n" % len(code) + code)
            print(child.connection.recv(1000))
            child.kill()
            print(child.ended(), child.peak_memory_bytes() > 0)
    """
    python = "/usr/bin/python3"
    trial = "import sys, course_tools.grading; assert sys.version_info >= (3, 11)"
    usable = os.path.exists(python) and os.access(root, os.X_OK)
    if not usable or subprocess.run([*as_user, python, "-c", trial], cwd=root).returncode:
        pytest.skip("no system Python with which another user could run the package")
    result = subprocess.run(
        [*as_user, python, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=60,
    )
    assert result.stderr == ""
    assert "(54321, 2)" in result.stdout
    assert "killed True" in result.stdout


@pytest.mark.slow
def test_the_real_interpreter_is_warm_and_its_children_compute():
    with make(preload=sandbox.DEFAULT_PRELOAD) as own:
        child = own.fork()
        child.connection.settimeout(60)
        code = """
            import numpy as np, keras
            model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
            model.compile("adam", "mse")
            model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
            import matplotlib.pyplot as plt
            plt.plot([1, 2]); plt.savefig("figure.png")
            answer = model.predict(np.ones((3, 4)), verbose=0).shape
        """
        assert run(child, code) == (3, 2)
        assert child.peak_memory_bytes() < 2**30
        child.kill()
