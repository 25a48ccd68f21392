"""Attacks on the grader: what a hostile submission can try, and the mark that each one deserves.

Every attack is an answer in a submission of a small lesson, marked as any other in a bubblewrap
sandbox. The tables hold (answer, verdict, score). An attack that pays gives full marks,
so no entry of these tables does, unless the answer is right and the attack is only noise.
"""

import contextlib
import json
import os
import socket
import struct
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from checkout import ROOT
from hostile import (
    FORGE,
    LIMITS,
    MARKER,
    RESULT,
    RIGHT,
    SECRET,
    SPREAD_CHECKS,
    handed_in,
    marks,
    open_sandbox,
    plain_dict,
    record_of,
    small_lesson,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import v4

from course_tools.grading.judging import judging as judge_module
from course_tools.grading.marking import File, Submission, mark
from course_tools.grading.marking import marker as marking
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.sandbox import Sandbox
from course_tools.grading.stored import as_json, plain_data
from course_tools.grading.wire import Channel, Crossing, MalformedError, Packer, Unpacker

LIGHT = ("numpy", "course_lib.checks", "course_tools.grading.inside.learner")


def attack(sandbox, answer, exercise="spread", limits=LIMITS, seconds=60.0, lesson=None):
    """Return the mark of the attacked question; the attack must cost no other question a point."""
    notebook = handed_in(lesson or small_lesson(), RIGHT | {exercise: answer})
    record = record_of(sandbox, notebook, lesson, limits, cell_seconds=seconds)
    found = marks(record)
    other = {"spread": ("twice", 1.0), "twice": ("spread", 2.0)}.get(exercise)
    if other and lesson is None:
        assert found[other[0]] == ("graded", other[1])
    return found[exercise]


@pytest.fixture(scope="module")
def light():
    with open_sandbox(LIGHT) as warm:
        yield warm


def rows(table):
    return pytest.mark.parametrize(("answer", "verdict", "score"), table.values(), ids=table.keys())


def test_right_answers_earn_everything(light):
    record = record_of(light, handed_in(small_lesson(), RIGHT))
    assert marks(record) == {"spread": ("graded", 2.0), "twice": ("graded", 1.0)}


# -- what gives full marks elsewhere ------------------------------------------------------------

WRONG = "def spread(values):\n    return 2\n"
FOOLS_TESTS = {
    "an AST transformer that drops assert": (
        "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node):\n"
        "        return ast.Pass()\nget_ipython().ast_transformers.append(Drop())\n"
        "def twice(a):\n    return 4", "graded", 0.0),
    "an input transformer that empties cells": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])\n"
        "def twice(a):\n    return 4", "graded", 0.0),
    "patched numpy.testing": (
        "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\n"
        "def twice(a):\n    return 4", "graded", 0.0),
    "its own np": (
        "class np:\n    class testing:\n        assert_allclose = lambda *a: None\n"
        "    arange = lambda n: 2\ndef twice(a):\n    return 2 * a if type(a) is int else 0",
        "graded", 0.0),
    "equal to everything, by a subclass of float": (
        "class Equal(float):\n    __eq__ = lambda *a: True\n    __hash__ = None\n"
        "def twice(a):\n    return Equal(1)", "graded", 0.0),
    "equal to everything, by its own class": (
        "class Equal:\n    __eq__ = lambda *a: True\ndef twice(a):\n    return Equal()",
        "graded", 0.0),
    "equal to everything, by a subclass of an array": (
        "import numpy as np\nclass Equal(np.ndarray):\n    __eq__ = lambda *a: np.True_\n"
        "    __array_ufunc__ = lambda *a, **k: np.True_\n"
        "def twice(a):\n    return np.zeros(np.shape(a)).view(Equal)", "graded", 0.0),
    "an exception that ends a loop of the test": (
        "import numpy as np\ndef twice(a):\n    if a is 2 or np.ndim(a):\n        return 2 * a\n"
        "    raise StopIteration", "graded", 0.0),
    "patched conversions of its own end": (
        "import numpy as np\nnp.ascontiguousarray = lambda a: np.zeros(3)\n"
        "np.asarray = np.array = lambda *a, **k: 2\ndef twice(a):\n    return 4", "graded", 0.0),
    "patched built-ins": (
        "import builtins\nbuiltins.AssertionError = SystemExit\nbuiltins.zip = lambda *a: []\n"
        "builtins.map = lambda *a: []\ndef twice(a):\n    return 4", "graded", 0.0),
    "a subclass of int that says what is wanted": (
        "class Liar(int):\n    def __eq__(self, other): return True\n"
        "    def __getnewargs__(self): return (4,)\ndef twice(a):\n    return Liar(5)",
        "graded", 0.0),
}  # fmt: skip

FOOLS_CHECKS = {
    "patched checks": (
        "from course_lib import checks\nchecks.close = lambda *a, **k: None\n" + WRONG,
        "graded", 0.0),
    "another checks": (
        "import sys, types, course_lib\nfake = types.ModuleType('course_lib.checks')\n"
        "fake.close = lambda *a, **k: None\nsys.modules['course_lib.checks'] = fake\n"
        "course_lib.checks = checks = fake\n" + WRONG, "graded", 0.0),
    "its own names of the tests": (
        "values = wanted = random = None\ndef range(n): return []\n" + WRONG, "graded", 0.0),
    "sys.displayhook": (
        "import sys\ndef spread(values):\n    sys.displayhook(5)\n    return 0", "graded", 0.0),
    "printing that it is right": (
        "def spread(values):\n    print('✓ Exercise 1: correct.')\n    return 0", "graded", 0.0),
    "right as long as the cell shows the values": (
        "def spread(values):\n    return {(3, 1, 2): 2}.get(tuple(values), 0)", "graded", 0.0),
    "right the first time": (
        "calls = []\ndef spread(values):\n    calls.append(1)\n"
        "    return max(values) - min(values) if len(calls) == 1 else 0", "graded", 0.0),
    "the answer of an earlier call": (
        "known = []\ndef spread(values):\n    known.append(max(values) - min(values))\n"
        "    return known[0]", "graded", 0.0),
    "changing the inputs": (
        "import numpy as np\ndef spread(values):\n    if isinstance(values, list): return 2\n"
        "    values[...] = 0\n    return 0", "graded", 0.0),
    "right, and it changes the inputs": (
        "def spread(values):\n    values.sort()\n    return values[-1] - values[0]", "graded", 2.0),
    "not a number": ("def spread(values):\n    return float('nan')", "graded", 0.0),
    "infinite": ("def spread(values):\n    return float('inf')", "graded", 0.0),
    "text": ("def spread(values):\n    return str(max(values) - min(values))", "graded", 0.0),
    "true": ("def spread(values):\n    return True", "graded", 0.0),
    "nothing": ("def spread(values):\n    return None", "graded", 0.0),
    "complex": ("def spread(values):\n    return 2 + 1e-30j", "graded", 0.0),
    "an array of objects": (
        "import numpy as np\ndef spread(values):\n    return np.array([None, 2], dtype=object)",
        "graded", 0.0),
    "a number without end": ("def spread(values):\n    return 10 ** 4000", "graded", 0.0),
}  # fmt: skip


@rows(FOOLS_TESTS)
def test_a_test_of_plain_asserts_is_not_fooled(light, answer, verdict, score):
    assert attack(light, answer, "twice") == (verdict, score)


@rows(FOOLS_CHECKS)
def test_a_test_of_checks_is_not_fooled(light, answer, verdict, score):
    assert attack(light, answer) == (verdict, score)


LATE_CHECKS = """\
import numpy as np
values = np.random.normal(size=9)
np.testing.assert_allclose(spread(values), values.max() - values.min())
"""


def test_what_is_expected_of_inputs_that_the_answer_has_changed_is_left_to_a_person(light):
    lesson = small_lesson(spread_checks=LATE_CHECKS)
    zeroed = "def spread(values):\n    values[...] = 0\n    return 0"
    assert attack(light, zeroed, lesson=lesson) == ("needs-human", None)
    in_order = "def spread(values):\n    values.sort()\n    return values[-1] - values[0]"
    assert attack(light, in_order, lesson=lesson) == ("graded", 2.0)


def test_an_exercise_may_ask_for_a_change_in_place(light):
    answers = {"spread": "def spread(values):\n    values.sort()\n", "twice": RIGHT["twice"]}
    tests = "values = [3, 1, 2]\nspread(values)\nassert values == [1, 2, 3]"
    lesson = small_lesson(spread_checks=tests, answers=answers)
    assert attack(light, answers["spread"], lesson=lesson) == ("graded", 2.0)
    assert attack(light, "spread = sorted", lesson=lesson) == ("graded", 0.0)


def test_changes_reach_what_the_test_can_change(light):
    answer = "def add(counts):\n    counts['a'] += 1"
    tests = "from collections import defaultdict\ncounts = defaultdict(int, a=1)\nadd(counts)\n"
    assert judged(light, answer, tests + "assert counts == {'a': 2}").score == 2.0
    nested = (
        "import numpy as np\ninner = np.ones(2)\nadd({})\nassert inner[0] == 2 and inner[1] == 1"
    )
    for argument in ("[inner]", "[(inner, 3)]", "(inner,)", "{'x': [inner]}"):
        part = "x['x'][0]" if "x" in argument else "x[0][0]" if "3" in argument else "x[0]"
        answer = f"def add(x):\n    array = {part}\n    array[0] = 2"
        assert judged(light, answer, nested.format(argument)).score == 2.0, argument
    tests = "import numpy as np\nadd(np.broadcast_to(1.0, 3))"
    verdict = judged(light, "def add(x):\n    x[0] = 2", tests)
    assert verdict.verdict == "needs-human" and "read-only array" in verdict.message


def test_tags_points_copies_and_files_of_a_submission_count_for_nothing(light):
    notebook = handed_in(small_lesson(), RIGHT | {"spread": WRONG, "spread-checks": "pass"})
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"points": 1000, "locked": False, "solution": True}
    by_id = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    for name in ("spread-checks", "twice-checks"):
        notebook.cells.append(v4.new_code_cell(**by_id[name] | {"id": f"copy-of-{name}"}))
    notebook.cells.append(v4.new_code_cell("import sys\nprint('x', file=sys.stderr)"))
    record = record_of(light, notebook)
    assert marks(record) == {"spread": ("graded", 0.0), "twice": ("graded", 1.0)}
    assert record.max_score == 3.0


def test_submitted_files_shadow_no_module(light):
    answer = "import numpy, course_lib, spreading\n"
    answer += "def spread(values):\n    return spreading.answer(numpy, values)"
    files = {name: b"def max(*a): return 2\nmin = max\n" for name in ("numpy.py", "course_lib.py")}
    files["spreading.py"] = b"def answer(np, v): return np.max(v) - np.min(v)\n"
    child = light.fork(LIMITS, files)
    question = judge_module.Question([(0, answer)], SPREAD_CHECKS, 2)
    try:
        assert judge_module.judge(question, child).score == 2.0
    finally:
        child.kill()


# -- reading what it must not know --------------------------------------------------------------

FOUND = "def spread(values):\n    return max(values) - min(values) if found() else 0\n"
MARK = "mark = 'marker_' + 'of_the_hidden_test'\n"
READS = {
    "the shell's history": MARK + "def found():\n    ip = get_ipython()\n"
    "    return mark in repr([ip.user_ns.get(n) for n in ('In', 'Out', '_ih', '_i', '_ii', '_i1')])"
    "\n" + FOUND,
    "the frames of its callers": MARK + "import sys\ndef found():\n    frame = sys._getframe()\n"
    "    while frame:\n"
    "        if mark in repr(frame.f_code.co_consts) + repr(frame.f_code.co_varnames):\n"
    "            return True\n        if {'random', 'wanted'} <= set(frame.f_globals):\n"
    "            return True\n        frame = frame.f_back\n    return False\n" + FOUND,
    "every object of its process": MARK + "import gc\ndef found():\n"
    "    return any(type(o) is dict and mark in o for o in gc.get_objects())\n" + FOUND,
    "the memory of its process": "import re\ndef found():\n    count = 0\n"
    "    memory = open('/proc/self/mem', 'rb', 0)\n    for line in open('/proc/self/maps'):\n"
    "        if not re.search(r'^\\S+ rw', line) or line.split()[-1] == '[vvar]': continue\n"
    "        start, end = (int(n, 16) for n in line.split()[0].split('-'))\n"
    "        try:\n            memory.seek(start)\n            text = memory.read(end - start)\n"
    "        except (OSError, ValueError): continue\n"
    "        count += len(re.findall(rb'for marker_of_the_[h]idden_test in', text))\n"
    "    return count > 0\n" + FOUND,
    "files": MARK + "import os\ndef found():\n    for place in ('/learner', '/tmp', '/home',"
    " '/etc', '/var', '/srv', '/mnt', os.getcwd()):\n"
    "        for folder, _, names in os.walk(place):\n            for name in names:\n"
    "                try: text = open(os.path.join(folder, name), 'rb').read(10**6)\n"
    "                except OSError: continue\n"
    "                if mark.encode() in text: return True\n    return False\n" + FOUND,
    "the process above it": "import os, ctypes\ndef found():\n"
    "    for name in ('environ', 'mem', 'maps', 'fd/0'):\n        try:\n"
    "            if open(f'/proc/{os.getppid()}/{name}', 'rb').read(1):\n"
    "                return True\n        except OSError: continue\n"
    "    return ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0\n" + FOUND,
    "the random numbers of the tests": "import numpy as np, gc\ndef found():\n    return False\n"
    "def spread(values):\n    if isinstance(values, list): return 2\n"
    "    guesses = [np.random.get_state()[1][0]]\n"
    "    guesses += [o for o in gc.get_objects() if type(o) is int]\n"
    "    for seed in guesses:\n"
    "        for sequence in (np.random.SeedSequence(int(seed)).spawn(1)[0], int(seed)):\n"
    "            if np.array_equal(np.random.default_rng(sequence).normal(size=9), values):\n"
    "                return max(values) - min(values)\n    return 0\n",
}  # fmt: skip


# What each would find, if it were there.
PLANTS = {
    "the shell's history": "get_ipython().user_ns['_i1'] = 'for marker_of_the_hidden_test in'\n",
    "the frames of its callers": "inner = spread\ndef spread(values):\n"
    "    note = 'marker_of_the_hidden_test'\n    return inner(values)\n",
    "every object of its process": "planted = {'marker_of_the_hidden_test': []}\n",
    "the memory of its process": "planted = bytearray(b'for marker_of_the_hidden_test in')\n",
    "files": "with open('planted', 'w') as file: file.write('marker_of_the_hidden_test')\n",
}  # fmt: skip


@pytest.mark.parametrize("what", READS)
def test_there_is_nothing_to_read(light, what):
    assert attack(light, READS[what]) == ("graded", 0.0)


@pytest.mark.parametrize("what", PLANTS)
def test_an_attack_that_reads_would_find_it(light, what):
    assert attack(light, READS[what] + PLANTS[what]) == ("graded", 2.0)


def test_neither_source_nor_gradebook_nor_peers_can_be_opened(light, tmp_path):
    places = [tmp_path / name for name in ("gradebook.db", "source.ipynb", "submitted.ipynb")]
    for place in places:
        place.write_text(MARKER)
    places += [Path(__file__), ROOT / "solutions"]
    answer = (
        f"import os\ndef found():\n    return any(map(os.path.exists, {list(map(str, places))}))"
    )
    assert attack(light, f"{answer}\n{FOUND}") == ("graded", 0.0)


def test_the_learners_random_numbers_tell_nothing_about_the_hidden_ones(light):
    """The same functions of NumPy draw in both processes."""
    tests = "assert drawn != np.random.rand() and drawn != checks.fresh_random().random()"
    tests = f"import numpy as np\nfrom course_lib import checks\n{tests}"
    child = light.fork(LIMITS)
    cell = "import numpy as np\ndrawn = np.random.rand()"
    try:
        assert judge_module.judge(judge_module.Question([(0, cell)], tests, 1), child).score == 1
    finally:
        child.kill()


# -- ending, hanging, using up ------------------------------------------------------------------


def function(body, imports="os, signal, sys, time"):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import {imports}\ndef spread(values):\n{lines}\n    return 2\n"


ENDS = {
    "os._exit": (function("os._exit(0)"), "crashed", None),
    "sys.exit in the cell": ("import sys\nsys.exit(0)", "graded", 0.0),
    "sys.exit when called": (function("sys.exit(0)"), "graded", 0.0),
    "KeyboardInterrupt": (function("raise KeyboardInterrupt"), "graded", 0.0),
    "a signal to itself": (function("os.kill(os.getpid(), signal.SIGKILL)"), "crashed", None),
    "a signal to everybody else": (function("os.kill(-1, signal.SIGKILL)"), "graded", 0.0),
    "a signal to what watches it": (
        function("for n in range(1, 65):\n    if n != signal.SIGCONT:\n"
                 "        try: os.kill(os.getppid(), n)\n        except OSError: pass\nreturn 0"),
        "graded", 0.0),
    "a segmentation fault": (function("ctypes.string_at(0)", "ctypes"), "crashed", None),
    "a stack overflow": (
        function("sys.setrecursionlimit(10**9)\nf = lambda: f()\nf()"), "crashed", None),
    "endless recursion": (function("return spread(values)"), "graded", 0.0),
    "hanging up": (function("os.close(3)"), "crashed", None),
    "another program in its place": (function("os.execv('/bin/true', ['true'])"), "crashed", None),
}  # fmt: skip

HANGS = {
    "a loop": function("while True: pass"),
    "a loop that catches everything": function(
        "while True:\n    try:\n        while True: time.sleep(1)\n    except BaseException: pass"),
    "interrupts ignored": function("signal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"),
    "every signal blocked": function(
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(60)"),
    "an interrupt handler": function(
        "signal.signal(signal.SIGINT, lambda *_: time.sleep(60))\ntime.sleep(60)"),
    "sleep in C": function("ctypes.PyDLL(None).sleep(60)", "ctypes"),
    "a regular expression": function("re.match(r'(a|a)*b', 'a' * 60)", "re"),
    "stopped": function("os.kill(os.getpid(), signal.SIGSTOP)"),
    "in the cell": "while True: pass",
    "while an attribute is read": (
        "import time\nclass Slow:\n    def __len__(self): time.sleep(60)\n"
        "    __getitem__ = __len__\n"
        "def spread(values):\n    return Slow()"),
    "while an exception is described": (
        "import time\nclass Slow(Exception):\n    def __str__(self):\n        time.sleep(60)\n"
        "def spread(values):\n    raise Slow"),
    "endless prints": function("while True: print('x' * 10**5)"),
}  # fmt: skip

OF_THEM = "for _ in range(1000):\n    "
USES_UP = {
    "memory": (function("x = bytearray(10**10)"), {("graded", 0.0)}),
    "memory, bit by bit": (
        function("x = []\nwhile True: x.append(bytes(10**6))"), {("graded", 0.0)}),
    "shared memory": (function("mmap.mmap(-1, 10**9)", "mmap"), {("graded", 0.0)}),
    "shared memory in files": (
        function("for n in range(99): open(f'/dev/shm/{n}', 'wb').write(bytes(10**7))"),
        {("graded", 0.0)}),
    "memory of many processes": (
        function("for _ in range(9):\n    if os.fork() == 0:\n        x = b'x' * 10**8\n"
                 "        time.sleep(60)\ntime.sleep(60)"), {("crashed", None)}),
    "processes": (
        function("while True:\n    try: os.fork()\n    except OSError: time.sleep(0.01)"),
        {("crashed", None), ("timeout", None)}),
    "threads": (
        function("import threading\n" + OF_THEM
                 + "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"),
        {("graded", 0.0)}),
    "a large file": (
        function("with open('x', 'wb') as f:\n    while True: f.write(bytes(10**7))"),
        {("graded", 0.0)}),
    "many files": (function("for n in range(10**6): open(str(n), 'w')"), {("graded", 0.0)}),
    "open files": (function("x = [os.dup(0) for _ in range(10**5)]"), {("graded", 0.0)}),
    "output past the shell": (
        function("while True: os.write(1, b'x' * 10**6)"), {("crashed", None)}),
    "text of a gigabyte": (function("return 'x' * 10**9"), {("graded", 0.0)}),
    "text of a hundred megabytes": (function("return 'x' * 10**8"), {("needs-human", None)}),
    "a huge array": (
        function("return np.broadcast_to(0.0, (10**6, 10**6))", "numpy as np"),
        {("needs-human", None)}),
    "a huge number": (function("return 1 << 10**7"), {("needs-human", None)}),
    "deep lists": (
        function("x = []\nfor _ in range(10**5): x = [x]\nreturn x"), {("needs-human", None)}),
    "a list that contains itself": (
        function("x = []\nx.append(x)\nreturn x"), {("needs-human", None)}),
    "many items": (function("return [0] * 10**7"), {("needs-human", None)}),
    "many numbers of NumPy": (
        function("return list(np.zeros(400_000))", "numpy as np"), {("needs-human", None)}),
    "a message of a hundred megabytes": (
        function("raise ValueError('x' * 10**8)"), {("graded", 0.0)}),
}  # fmt: skip


@rows(ENDS)
def test_ending_its_process_pays_nothing(light, answer, verdict, score):
    assert attack(light, answer) == (verdict, score)


@pytest.mark.parametrize("answer", HANGS.values(), ids=HANGS.keys())
def test_whatever_hangs_is_stopped(light, answer):
    assert attack(light, answer, seconds=3) == ("timeout", None)


@pytest.mark.parametrize(("answer", "expected"), USES_UP.values(), ids=USES_UP.keys())
def test_whatever_it_uses_up_is_bounded(light, answer, expected):
    stopped = ("timeout", None) in expected
    assert attack(light, answer, seconds=3 if stopped else 60) in expected


def test_there_is_no_network(light):
    """Each address is real: this process listens there."""
    abstract = f"\0course-attack-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        addresses = []
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with contextlib.suppress(OSError):
                server = stack.enter_context(socket.create_server((host, 0), family=family))
                addresses.append((int(family), server.getsockname()[:2]))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(abstract)
        local.listen()
        addresses.append((int(socket.AF_UNIX), abstract))
        answer = (
            "import socket\ndef found():\n"
            f"    for family, address in {addresses!r}:\n"
            "        try:\n            with socket.socket(family) as s:\n"
            "                s.settimeout(2)\n                s.connect(address)\n"
            "                return True\n        except OSError: continue\n"
            "    try:\n        socket.getaddrinfo('example.com', 80)\n        return True\n"
            "    except OSError: pass\n"
            "    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:\n"
            "        try:\n            s.sendto(b'x', ('192.0.2.1', 53))\n            return True\n"
            "        except OSError: return False\n" + FOUND
        )
        assert attack(light, answer) == ("graded", 0.0)
        with Sandbox.start("none", preload=LIGHT) as without_walls:
            assert attack(without_walls, answer) == ("graded", 2.0)


def test_detached_processes_end_with_the_question(light):
    marker = f"course-attack-{os.getpid()}"
    body = f"""\
for n in range(1, 65):
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        program = [sys.executable, '-S', '-c', 'import time; time.sleep(99)', '{marker}']
        os.execv(program[0], program)
    os._exit(0)
for _ in range(200):
    if any(b'{marker}' in open(f'/proc/{{p}}/cmdline', 'rb').read()
           for p in os.listdir('/proc') if p.isdigit()):
        return max(values) - min(values)
    time.sleep(0.02)"""
    assert attack(light, function(body)) == ("graded", 2.0)  # it did run
    running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if marker in _text_of(p)]
    assert running == []


def _text_of(path):
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


# -- lying values -------------------------------------------------------------------------------

LIES = {
    "an object that contains everything": (
        "class All:\n    def __contains__(self, item): return True\n"
        "    def __iter__(self): return iter([])\ndef answer(): return All()",
        "assert 3 in answer()", "needs-human"),
    "an object whose parts are what is wanted": (
        "class Yes:\n    def __getattr__(self, name): return Yes()\n    __call__ = __getattr__\n"
        "    def __eq__(self, other): return True\ndef answer(): return Yes()",
        "assert answer().mean() == 3", "needs-human"),
    "an endless chain of objects": (
        "class Yes:\n    def __getattr__(self, name): return Yes()\n"
        "    def __call__(self, *a): return Yes()\ndef answer(): return Yes()",
        "from course_lib import checks\nwith checks.exercise('E'):\n"
        "    checks.equal(answer(), 3, 'answer()')", "needs-human tampered"),
    "a dict that answers for every key": (
        "class D(dict):\n    def __getitem__(self, key): return 3\n    get = __getitem__\n"
        "    def __contains__(self, key): return True\ndef answer(): return D()",
        "assert 'mean' in answer()", "needs-human"),
    "a list that is every list": (
        "class L(list):\n    def __eq__(self, other): return True\ndef answer(): return L()",
        "assert answer() == [1, 2]", "graded"),
    "a generator without end": (
        "import itertools\ndef answer(): return itertools.count()",
        "assert next(iter(answer())) == 0", "crashed timeout graded needs-human"),
    "an object with its own __reduce__": (
        "import os\nclass R:\n    def __reduce__(self): return os.system, ('touch {place}',)\n"
        "def answer(): return R()", "assert answer() == 3", "graded"),
    "an array with its own __reduce__": (
        "import numpy as np, os\nclass R(np.ndarray):\n"
        "    def __reduce__(self): return os.system, ('touch {place}',)\n"
        "def answer(): return np.zeros(3).view(R)", "assert (answer() == 3).all()", "graded"),
    "an array of objects with their own __reduce__": (
        "import numpy as np, os\nclass R:\n"
        "    def __reduce__(self): return os.system, ('touch {place}',)\n"
        "def answer(): return np.array([R(), R()], dtype=object)",
        "assert answer().tolist() == [3]", "graded"),
    "a masked array": (
        "import numpy as np\ndef answer(): return np.ma.masked_array([9], mask=[1])",
        "assert (answer() == 3).all()", "needs-human"),
    "a structured array": (
        "import numpy as np\ndef answer(): return np.zeros(3, 'i4,f8')",
        "assert answer().sum() == 0", "needs-human"),
    "a model that says how good it is": (
        "class Model:\n    def evaluate(self, *a): return [0.0, 1.0]\n"
        "    def count_params(self): return 7\ndef answer(): return Model()",
        "assert answer().evaluate([1], [1])[1] == 1.0", "needs-human"),
    "a class in place of a function, that says how good it is": (
        "class answer:\n    def evaluate(self, *a): return [0.0, 1.0]",
        "assert answer().evaluate([1], [1])[1] == 1.0", "needs-human"),
    "a generator of everything that is expected": (
        "def answer():\n    while True: yield 3", "assert list(answer()) == [3]",
        "graded timeout crashed needs-human"),
    "an exception that can't be shown": (
        "class E(Exception):\n    def __str__(self): raise RuntimeError\n"
        "def answer(): raise E", "assert answer() == 3", "graded"),
    "an exception that ends the judge's terminal": (
        "def answer(): raise ValueError('\\x1b]0;owned\\x07\\x1b[2J \\ud800 \\u202e\\r')",
        "assert answer() == 3", "graded"),
    "an exception that is called like a pass": (
        "class CheckFailed(AssertionError): pass\nclass SkipTest(Exception): pass\n"
        "def answer(): raise SkipTest('✓')", "assert answer() == 3", "graded"),
    "a name that is a sentence": (
        "def answer(): raise type('x\\n<script>alert(1)</script>', (Exception,), {})",
        "assert answer() == 3", "graded"),
    "memory of the judge": (
        "import numpy as np\ndef answer(): return np.zeros((0, 10**9))",
        "assert (answer().sum(axis=0) == 3).all()", "needs-human"),
    "a range without end": (
        "def answer(): return range(10**18)", "assert list(answer()) == [3]", "needs-human"),
    "keys that collide": (
        "def answer(): return {k * (2**61 - 1): k for k in range(3000)}",
        "assert len(answer()) == 1", "graded"),
}  # fmt: skip


def judged(sandbox, answer, tests, points=2, seconds=20, **more):
    child = sandbox.fork(LIMITS)
    question = judge_module.Question([(0, answer)], tests, points, cell_seconds=seconds, **more)
    try:
        return judge_module.judge(question, child)
    finally:
        child.kill()


@pytest.mark.parametrize(("answer", "tests", "verdicts"), LIES.values(), ids=LIES.keys())
def test_lying_values_convince_nobody(light, tmp_path, answer, tests, verdicts):
    verdict = judged(light, answer.replace("{place}", str(tmp_path / "owned")), tests)
    assert verdict.verdict in verdicts.split()
    assert verdict.score == (0.0 if verdict.verdict == "graded" else None)
    assert not set(verdict.message) & set("\x1b\x07\ud800\u202e\r")
    assert list(tmp_path.iterdir()) == []


def test_what_was_asked_for_as_a_class_may_answer_for_itself(light):
    answer = "class Model:\n    def evaluate(self, x): return [0.0, len(x)]"
    tests = "assert Model().evaluate([1, 2])[1] == 2"
    assert judged(light, answer, tests, classes=frozenset({"Model"})).score == 2.0
    assert judged(light, answer, tests).verdict == "needs-human"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("float('nan')", None), ("-float('inf')", None), ("2.0000001", None), ("-0.1", None),
     ("1e400", None), ("10 ** 4000", None), ("np.float32('nan')", None), ("np.complex64(1)", None),
     ("False", None), ("np.False_", None), ("object()", None), ("0.5", 0.5), ("np.int8(2)", 2.0)],
)  # fmt: skip
def test_partial_credit_is_finite_and_within_the_points(light, value, expected):
    answer = f"import numpy as np\ndef credit():\n    return {value}"
    verdict = judged(light, answer, "credit()")
    assert verdict.score == expected
    assert verdict.verdict == ("needs-human" if expected is None else "graded")


def forging(*lines):
    return FORGE + "def spread(values):\n" + "".join(f"    {line}\n" for line in lines)


def forged(value):
    return forging(f"reply(value={value!r}, keras=None)", "return 2")


FORGERIES = {
    "noise": (forging("os.write(3, os.urandom(64)); time.sleep(60)"), "tampered timeout"),
    "no JSON": (forging("os.write(3, struct.pack('!IQ', 3, 0) + b'{{{')"), "tampered"),
    "not UTF-8": (forging("os.write(3, struct.pack('!IQ', 3, 0) + b'\\xff\\xfe\"')"), "tampered"),
    "a giant document": (forging("os.write(3, struct.pack('!IQ', 2**32 - 1, 0))"), "tampered"),
    "a giant blob": (forging("os.write(3, struct.pack('!IQ', 2, 2**63))"), "tampered"),
    "half a frame, then silence": (
        forging("os.write(3, struct.pack('!IQ', 100, 0) + b'{')", "time.sleep(60)"), "timeout"),
    "half a frame, then the end": (
        forging("os.write(3, struct.pack('!IQ', 100, 0) + b'{')", "os._exit(0)"), "crashed"),
    "drop by drop": (
        forging("data = struct.pack('!IQ', 1000, 0) + b' ' * 1000",
                "for n in range(len(data)): os.write(3, data[n:n+1]); time.sleep(0.05)"),
        "timeout"),
    "nested too deeply": (
        forging("text = b'[' * 10**6", "os.write(3, struct.pack('!IQ', len(text), 0) + text)"),
        "tampered"),
    "many small things": (
        forging("text = b'[' + b'[],' * 4 * 10**6 + b'[]]'",
                "data = struct.pack('!IQ', len(text), 0) + text",
                "while data: data = data[os.write(3, data):]"), "tampered"),
    "a list": (forging("send([])", "return 2"), "tampered"),
    "an empty object": (forging("send({})", "return 2"), "tampered"),
    "another token": (
        forging("send({'token': '0' * 16, 'value': 2, 'keras': None})", "return 2"), "tampered"),
    "no value": (forging("reply()", "return 2"), "tampered"),
    "a value that is no answer": (forged(2), "tampered"),
    "an answer without its parts": (forged(plain_dict({"result": 2})), "tampered"),
    "changes of what isn't there": (
        forged(plain_dict(RESULT | {"changed": plain_dict({7: [1]})})), "tampered"),
    "changes at no place": (
        forged(plain_dict(RESULT | {"changed": plain_dict({"0": [1]})})), "tampered"),
    "changes of another kind": (
        forged(plain_dict(RESULT | {"changed": plain_dict({0: "text"})})), "tampered"),
    "the same as no argument": (forged(plain_dict(RESULT | {"same_as": 5})), "tampered"),
    "the same as True": (forged(plain_dict(RESULT | {"same_as": True})), "tampered"),
    "an unhashable key": (forged({"$": "dict", "v": [[[], 1]]}), "tampered"),
    "an object never lent": (
        forged(plain_dict(RESULT | {"result": {"$": "yours", "id": 99}})), "tampered"),
    "an unknown kind": (forged({"$": "pickle", "v": "gASV"}), "tampered"),
    "a record of the grader": (
        forged({"$": "record", "of": "course_tools.grading.judging.question:Judgement", "v": []}),
        "tampered"),
    "a record of the instructor's commands": (
        forged({"$": "record", "of": "course_tools.commands.doctor:Finding", "v": list("abcd")}),
        "tampered"),
    "a record that refuses its values": (
        forged({"$": "record", "of": "course_lib.evaluation:Interval", "v": [None, []]}),
        "tampered"),
    "an array of objects as bytes": (
        forging("array = {'$': 'array', 'dtype': 'O', 'shape': [1], 'at': 0, 'n': 8}",
                "reply(bytes(8), value=array)",
                "return 2"), "tampered"),
    "an array with another shape": (
        forging("reply(bytes(8), value={'$': 'array', 'dtype': '<f8', 'shape': [10**9, 10**9],"
                " 'at': 0, 'n': 8})", "return 2"), "tampered"),
    "an array from another place": (
        forging("reply(bytes(8), value={'$': 'array', 'dtype': '<f8', 'shape': [1], 'at': -8,"
                " 'n': 8})", "return 2"), "tampered"),
    "an exception that is a number": (forging("reply(raised=5)", "return 2"), "tampered"),
    "a callback of nothing": (
        forging("reply(do='callback', of=3, value=[[], plain], keras=None)".replace(
            "plain", repr(plain_dict({}))), "return 2"), "tampered"),
    "a callback of a list": (
        forging("reply(do='callback', of=[], value=[[], {}])", "return 2"), "tampered"),
    "a callback without arguments": (
        forging("reply(do='callback', of=0, value=None, keras=None)", "return 2"), "tampered"),
    "a flood": (forging("while True: send({'value': 2, 'keras': None})"), "tampered"),
    "a reply before the request": (
        FORGE + "def spread(values): return 2\n"
        "for _ in range(5): send({'value': " + repr(plain_dict(RESULT)) + ", 'keras': None})",
        "tampered"),
    "outputs that are a number": (FORGE + "reply(outputs=5, raised=False)", "tampered"),
    "outputs of another kind": (
        FORGE + "reply(outputs=[{'output_type': 'application/evil'}], raised=False)", "tampered"),
    "more outputs than allowed": (
        FORGE + "many = [{'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 10**6}] * 9\n"
        "reply(outputs=many, raised=False)", "tampered"),
    "names nobody asked for": (
        FORGE + "learner._fetch = lambda r, b: ({'value': " + repr(plain_dict({"checks": 1}))
        + ", 'keras': None}, b'')", "tampered"),
    "names that are no names": (
        FORGE + "learner._fetch = lambda r, b: ({'value': [1, 2], 'keras': None}, b'')",
        "tampered"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "verdicts"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_message_is_never_a_mark(light, answer, verdicts):
    verdict, score = attack(light, answer, seconds=3 if "timeout" in verdicts else 60)
    assert verdict in verdicts.split() and score is None


OWN_ENDS = {
    "forged results": (
        FORGE + "answer = {'value': " + repr(plain_dict(RESULT)) + ", 'keras': None}\n"
        "learner._call = lambda r, b: (answer, b'')\n" + WRONG, "graded", 0.0),
    "forged exceptions": (
        FORGE + "learner._call = lambda r, b: ({'raised': {'builtin': 'StopIteration', 'type': 'X',"
        " 'message': 5, 'line': []}}, b'')\n" + WRONG, "graded", 0.0),
    "an exception that ends the judge": (
        FORGE + "learner._call = lambda r, b: ({'raised': {'builtin': 'SystemExit', 'type': "
        "'SystemExit'}}, b'')\n" + WRONG, "graded", 0.0),
    "nothing that can be carried over": (
        FORGE + "learner._call = lambda r, b: ({'unportable': ['x'] * 999}, b'')\n" + WRONG,
        "needs-human", None),
    "the rules of the conversation": (
        "from course_tools.grading import wire\nwire.Packer.pack = lambda *a: 2\n" + WRONG,
        "tampered", None),
    "json": ("import json\njson.dumps = lambda *a, **k: '{}'\n" + WRONG, "tampered", None),
    "socket": (
        "import socket\nsocket.socket.sendall = lambda *a: None\n" + WRONG, "timeout", None),
}  # fmt: skip


@rows(OWN_ENDS)
def test_its_own_end_of_the_conversation_may_lie(light, answer, verdict, score):
    assert attack(light, answer, seconds=3 if verdict == "timeout" else 60) == (verdict, score)


# -- functions that a test hands over -----------------------------------------------------------

CALLBACKS = {
    "calls it": ("def use(f): return f(20) + 1", ("graded", 2.0)),
    "with what it can't take": ("def use(f): return f()", ("graded", 0.0)),
    "with an object of its own": (
        "class C:\n    def __add__(self, o): return 41\n    __radd__ = __add__\n"
        "def use(f): return f(C())", ("graded", 0.0)),
    "without end": ("def use(f):\n    while True: f(1)", ("timeout", None)),
    "from a thread": (
        "import threading\ndef use(f):\n    t = threading.Thread(target=f, args=(20,))\n"
        "    t.start()\n    t.join()\n    return 41", ("graded", 2.0)),
    "looks into it": ("def use(f): return f.__globals__['checks']", ("graded", 0.0)),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), CALLBACKS.values(), ids=CALLBACKS.keys())
def test_a_function_of_the_test_can_be_called_and_nothing_else(light, answer, expected):
    seconds = 2 if expected[0] == "timeout" else 60
    verdict = judged(light, answer, "assert use(lambda x: 2 * x) == 41", seconds=seconds)
    assert (verdict.verdict, verdict.score) == expected


def test_a_function_of_the_test_may_call_the_answer_again(light):
    answer = "def use(f, depth): return f(depth - 1) + 1 if depth else 0"
    verdict = judged(light, answer, "assert use(lambda d: use(lambda e: use(None, 0), d), 2) == 2")
    assert (verdict.verdict, verdict.score) == ("graded", 2.0), verdict


# -- failures of the grader itself --------------------------------------------------------------


def test_a_defect_of_the_judge_is_left_to_a_person(light, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(judge_module, "run_tests", fail)
    record = record_of(light, handed_in(small_lesson(), RIGHT))
    assert set(marks(record).values()) == {("needs-human", None)}
    assert "a defect" in record.questions[0].message


def test_a_defect_at_one_answer_costs_no_other_question(light, monkeypatch):
    needed = marking.needed_cells

    def fail(notebook, checks_id):
        if checks_id == "spread-checks":
            raise RecursionError("a defect")
        return needed(notebook, checks_id)

    monkeypatch.setattr(marking, "needed_cells", fail)
    record = record_of(light, handed_in(small_lesson(), RIGHT))
    assert marks(record) == {"spread": ("needs-human", None), "twice": ("graded", 1.0)}


def test_a_test_cell_that_is_no_python_is_left_to_a_person(light):
    lesson = small_lesson(spread_checks="!ls\n%time spread([1])")
    assert attack(light, RIGHT["spread"], lesson=lesson) == ("needs-human", None)


TEXTS = {
    "a thousand magic commands": "!true\n" * 1000,
    "a sum of thousands": "x = " + " + ".join("1" for _ in range(3000)),
    "a deep expression": "x = " + "(" * 150 + "1" + ")" * 150,
    "too deep an expression": "x = " + "-" * 5000 + "1",
    "deep blocks": "".join("    " * n + "if 1:\n" for n in range(99)) + "    " * 99 + "pass",
    "no text": "\ud800\udfff\x00\x1b[2J",
    "a megabyte of names": "x = [" + "name, " * 170_000 + "]",
    "new forms": "async def f(): [x async for x in y]\nmatch x:\n    case {**rest}: pass",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_strange_code_stops_neither_restoring_nor_marking(light, text):
    """In a cell of its own, above and below the answers, and in the instructor's first cell."""
    notebook = handed_in(small_lesson(), RIGHT)
    notebook.cells[0].source += f"\n{text}"
    notebook.cells.insert(1, v4.new_code_cell(text))
    notebook.cells.append(v4.new_code_cell(text))
    notebook = v4.new_notebook(cells=notebook.cells, metadata=notebook.metadata)
    source = LessonSource(nbformat.writes(small_lesson()))
    submitted = File("01_small.ipynb", json.dumps(notebook).encode())
    marked = mark(Submission("01_small", "eve", source, submitted, SECRET), light, LIMITS)
    assert marks(marked.record)["twice"] == ("graded", 1.0)
    assert as_json(plain_data(marked.record)).encode()


def test_a_hidden_test_shows_itself_through_no_helper(light):
    tests = "def same(a, b):\n    assert a == b, f'{a} is not {b}'\nsame(answer(2), 4)\n"
    tests += "### BEGIN HIDDEN TESTS\nsame(answer(3), 6)\n### END HIDDEN TESTS"
    verdict = judged(light, "def answer(x): return 4", tests)
    assert verdict.score == 0 and verdict.message == "A hidden test failed (AssertionError)."
    assert "is not 6" not in str(verdict.outputs)


# -- one bad submission and the others ----------------------------------------------------------


def test_a_bad_submission_changes_nobody_elses_record(light):
    def timeless(record):
        return replace(record, seconds=0.0, peak_memory_bytes=0)

    mine = {
        "spread": "import os\nimport numpy as np\n"
        "left = [p for p in ('/tmp/x', '/dev/shm/x', 'x') if os.path.exists(p)]\n"
        "def spread(values):\n    assert not left and np.e > 2\n"
        "    return max(values) - min(values)",
        "twice": "def twice(a):\n    return a + a if a != 7 else 15",
    }
    with open_sandbox(LIGHT) as fresh:
        alone = timeless(record_of(fresh, handed_in(small_lesson(), mine), student="ada"))
    bad = [
        FOOLS_TESTS["patched numpy.testing"][0] + "\n" + WRONG,
        "import numpy as np\nnp.e = 1\n"
        "for p in ('/tmp/x', '/dev/shm/x', 'x'): open(p, 'w')\n" + WRONG,
        ENDS["a signal to everybody else"][0],
        HANGS["every signal blocked"],
        USES_UP["processes"][0],
        FORGERIES["a flood"][0],
        FORGERIES["many small things"][0],
        LIES["memory of the judge"][0].replace("answer", "spread"),
    ]
    for answer in bad:
        assert attack(light, answer, seconds=4)[1] != 2.0
        beside = record_of(light, handed_in(small_lesson(), mine), student="ada")
        assert timeless(beside) == alone
    assert marks(alone) == {"spread": ("graded", 2.0), "twice": ("graded", 0.0)}


# -- noise on the wire ---------------------------------------------------------------------------


def received(data):
    """Return what a channel makes of these bytes, after which the other end hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(10)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        return Channel(ours).receive(10)


def unpacked(document, blob):
    crossing = Crossing("judge", lambda description: description)
    return crossing.read(document, blob)


NAMES = [
    "array", "scalar", "objects", "dict", "tuple", "set", "frozenset", "float", "bytes", "complex",
    "range", "slice", "dtype", "record", "tensor", "yours", "lent", "keras", "pickle",
]  # fmt: skip
TEXTS_THAT_NAME = [
    "<f8", "|b1", "<U4", "O", "V8", "f8,f8", "(2,)f8", "S0", "M8[ns]", "U9999999", "os:system",
    "course_lib.checks:exercise", "course_lib.errors:CourseError",
]  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(TEXTS_THAT_NAME),
)
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.fixed_dictionaries(
            {"$": st.sampled_from(NAMES)},
            optional={key: inner for key in ("v", "at", "n", "shape", "dtype", "id", "of", "type")},
        )
    ),
    max_leaves=12,
)
FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@FUZZ
@given(st.binary(max_size=64))
def test_random_bytes_are_malformed(data):
    with contextlib.suppress(ConnectionError, MalformedError):
        document, blob = received(data)
        unpacked(document, blob)


@FUZZ
@given(st.binary(max_size=64), st.binary(max_size=32))
def test_random_documents_are_malformed(text, blob):
    frame = struct.pack("!IQ", len(text), len(blob)) + text + blob
    with contextlib.suppress(MalformedError):
        unpacked(*received(frame))


@FUZZ
@given(NODES, st.binary(max_size=64))
def test_random_nodes_give_plain_values_or_are_malformed(node, blob):
    node = json.loads(json.dumps(node))
    with contextlib.suppress(MalformedError):
        value = unpacked({"value": node, "keras": None}, blob)
        # What has arrived can be sent again, so it holds nothing but what may cross.
        Crossing("judge", lambda description: description).write(value)


@pytest.mark.parametrize(
    ("dtype", "content"), [("|b1", b"\1\2"), ("<U1", b"\0\0\x11\0"), (">U1", b"\0\x11\0\0")]
)
def test_arrays_that_numpy_never_writes_are_malformed(dtype, content):
    shape = [len(content) // np.dtype(dtype).itemsize]
    node = {"$": "array", "dtype": dtype, "shape": shape, "at": 0, "n": len(content)}
    with pytest.raises(MalformedError):
        Unpacker(content).unpack(node)


VALID = [
    {"a": [1, 2.5, None], "b": (True, "ä")}, np.arange(6.0).reshape(2, 3), np.array([True, False]),
    np.array(["äb", "c"]), [np.float32(2), {1, 2}, b"xyz", 1 + 2j, range(3), slice(1, None)],
    np.array([1, "a", None], dtype=object),
]  # fmt: skip


@FUZZ
@given(st.sampled_from(VALID), st.data())
def test_mutated_frames_are_values_or_malformed(value, data):
    packer = Packer()
    text = json.dumps({"value": packer.pack(value), "keras": None}).encode()
    frame = bytearray(struct.pack("!IQ", len(text), len(packer.blob)) + text + packer.blob)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(frame) - 1))
        frame[position] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedError, ConnectionError):
        unpacked(*received(bytes(frame)))


@FUZZ
@given(NODES, st.binary(max_size=64))
def test_a_value_takes_no_more_memory_than_its_message(node, blob):
    """Up to a constant: no length in a message is believed before the bytes are there."""
    import tracemalloc

    node = json.loads(json.dumps(node))
    tracemalloc.start()
    try:
        with contextlib.suppress(MalformedError):
            Unpacker(blob).unpack(node)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
