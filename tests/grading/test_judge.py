"""The judge: ordinary tests work unchanged; what cheats or breaks never earns the points."""

import functools
import json
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
from exercises import lesson_source, sample_answers

from course_lib import checks, evaluation
from course_tools.grading.judging import Question, judge
from course_tools.grading.judging.test_cell import free_names
from course_tools.grading.notebooks import ReleaseRules
from course_tools.grading.sandbox import Limits, Sandbox
from course_tools.grading.wire import Crossing, MalformedError, NotPortableError, Packer, Unpacker

SQUARE = """\
import numpy as np
assert sq(3) == 9
np.testing.assert_allclose(sq(np.arange(3.0)), [0, 1, 4])
### BEGIN HIDDEN TESTS
assert sq(-2) == 4
### END HIDDEN TESTS
"""


PRELOAD = ("numpy", "matplotlib.pyplot", "course_lib.checks", "course_tools.grading.inside.learner")


def judge_in(sandbox, answer, tests=SQUARE, points=2, **limits):
    cells = [answer] if isinstance(answer, str) else answer
    question = Question(list(enumerate(cells)), tests, points, **limits)
    child = sandbox.fork(Limits())
    try:
        return judge(question, child)
    finally:
        child.kill()


@pytest.fixture(scope="module")
def verdict_of():
    """Judges an answer in a child of a warm interpreter, in bubblewrap where there is one."""
    kind = "bubblewrap" if shutil.which("bwrap") else "none"
    with Sandbox.start(kind, preload=PRELOAD) as sandbox:
        yield functools.partial(judge_in, sandbox)


# -- what may cross --------------------------------------------------------------------------

PLAIN = [
    None, True, 3, -2.5, float("inf"), "text", b"bytes", 2 + 3j, [1, [2]], (1, "a"), {"a": [1]},
    {1: 2, (3, 4): 5}, {1, 2}, range(3), slice(1, None), np.float32(2.5), np.int8(-3),
    np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array(["ä", "b"]), np.array(5.0),
    np.array(["a", None], dtype=object), np.array([True]), np.dtype("float16"),
    evaluation.Interval(0.4, 0.6),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_crosses_unchanged(value):
    packer = Packer()
    node = json.loads(json.dumps(packer.pack(value)))
    back = Unpacker(bytes(packer.blob)).unpack(node)
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype and back.flags.writeable


def test_values_that_contain_themselves_or_are_no_data_do_not_cross():
    endless = []
    endless.append(endless)
    for value in (endless, object(), np.ma.masked_array([1]), {"a": open}):
        with pytest.raises(NotPortableError):
            Packer().pack(value)


@pytest.mark.parametrize(
    "node",
    [
        {}, {"$": "array"}, {"$": "array", "dtype": "O", "shape": [1], "at": 0, "n": 8},
        {"$": "array", "dtype": "<f8", "shape": [2], "at": 0, "n": 8},
        {"$": "array", "dtype": "<f8", "shape": [-1], "at": 0, "n": 8},
        {"$": "array", "dtype": "<f8", "shape": [10**9, 10**9], "at": 0, "n": 8},
        {"$": "array", "dtype": "V8", "shape": [1], "at": 0, "n": 8},
        {"$": "bytes", "at": 4, "n": 100}, {"$": "bytes", "at": -1, "n": 1},
        {"$": "dict", "v": [[[], 1]]}, {"$": "float", "v": []},
        {"$": "record", "of": "os:system", "v": ["true"]},
        {"$": "record", "of": "course_tools.grading.judging.question:Judgement", "v": []},
        {"$": "record", "of": "course_tools.commands.doctor:Finding", "v": ["a", "b", "c", "d"]},
        {"$": "record", "of": "course_lib.evaluation:metric_interval", "v": []},
        {"$": "record", "of": "course_lib.evaluation:Interval", "v": [1]},
        {"$": "yours", "id": 7}, {"$": "keras", "id": "x"}, {"$": "pickle", "v": "…"},
    ],
)  # fmt: skip
def test_a_forged_node_is_refused(node):
    with pytest.raises(MalformedError):
        Unpacker(bytes(8), Crossing("judge", lambda description: None)).unpack(node)


@pytest.mark.parametrize(
    "module",
    [
        "course_lib.grading", "course_tools.commands.doctor",
        "course_tools.grading.marking.worker",
    ],
)  # fmt: skip
def test_a_forged_record_imports_no_module_that_lessons_do_not_import(module):
    code = f"""
import sys
from course_tools.grading.wire.packing import MalformedError, Unpacker
try:
    Unpacker(b"").unpack({{"$": "record", "of": "{module}:Finding", "v": []}})
except MalformedError:
    print("refused", "{module}" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "refused False\n", done.stderr


# -- ordinary tests --------------------------------------------------------------------------


def test_a_right_answer_earns_all_and_a_wrong_one_nothing_with_a_message(verdict_of):
    right = verdict_of("def sq(x):\n    return x * x")
    assert (right.verdict, right.score) == ("graded", 2.0)
    wrong = verdict_of("def sq(x):\n    return 2 * x")
    assert (wrong.verdict, wrong.score) == ("graded", 0.0)
    assert "assert sq(3) == 9" in wrong.message


def test_a_hidden_test_refuses_without_showing_itself(verdict_of):
    verdict = verdict_of("def sq(x):\n    return abs(x) * x")
    assert verdict.score == 0 and "-2" not in verdict.message and "hidden" in verdict.message


@pytest.mark.parametrize(
    ("begin", "end", "rules"),
    [
        ("# BEGIN HIDDEN TESTS", "# END HIDDEN TESTS", ReleaseRules()),
        ("sq(1)  # BEGIN HIDDEN TESTS, please", "#END HIDDEN TESTS", ReleaseRules()),
        ("text = '\u2028'\n### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS", ReleaseRules()),
        ("### SECRET", "### TOLD", ReleaseRules(hidden_tests=("SECRET", "TOLD"))),
    ],
)
def test_what_nbgrader_hides_the_judge_hides(verdict_of, begin, end, rules):
    tests = SQUARE.replace("### BEGIN HIDDEN TESTS", begin).replace("### END HIDDEN TESTS", end)
    verdict = verdict_of("def sq(x):\n    return abs(x) * x", tests, rules=rules)
    assert (verdict.score, verdict.message) == (0, "A hidden test failed (AssertionError).")
    assert "-2" not in str(verdict.outputs)


def test_an_exception_of_the_answer_is_named_with_its_line(verdict_of):
    tests = "from course_lib import checks\nwith checks.exercise('E'):\n    f(0)"
    verdict = verdict_of("def f(x):\n    y = 1\n    return y / x", tests)
    assert verdict.score == 0
    assert "ZeroDivisionError" in verdict.message and "line 3" in verdict.message
    assert "`f`: return y / x" in verdict.message


def test_an_untouched_answer_says_what_to_do(verdict_of):
    tests = "from course_lib import checks\nwith checks.exercise('E'):\n    f(0)"
    assert "not written yet" in verdict_of("def f(x): raise NotImplementedError", tests).message


@pytest.mark.parametrize(
    ("answer", "tests"),
    [
        ("def f(x):\n    x *= 2\n    return x", "assert f(a) is a and list(a) == [2, 4]"),
        ("def f(x):\n    return x * 2", "assert f(a) is not a and list(a) == [1, 2]"),
        ("def f(x):\n    x.sort(reverse=True)", "b = [1, 2]\nf(b)\nassert b == [2, 1]"),
        ("def f(g):\n    return g(20) + 1", "assert f(lambda x: 2 * x) == 41"),
        ("def f(g):\n    try:\n        g()\n    except KeyError:\n        return 'seen'",
         "def g():\n    raise KeyError('k')\nassert f(g) == 'seen'"),
        ("def f(x):\n    raise ValueError('no')", "try:\n    f(1)\nexcept ValueError as e:\n"
         "    assert str(e) == 'no'\nelse:\n    assert False"),
        ("def f(n):\n    return lambda x: x + n", "assert f(2)(3) == 5"),
        ("class Box:\n    def __init__(self, n):\n        self.n = n\n    def __len__(self):\n"
         "        return self.n", "assert len(Box(3)) == 3 and Box(n=4).n == 4"),
        ("table = {'a': [1, 2]}", "assert table['a'][1] == 2"),
    ],
)  # fmt: skip
def test_tests_read_as_in_a_notebook(verdict_of, answer, tests):
    verdict = verdict_of(answer, "import numpy as np\na = np.array([1, 2])\n" + tests)
    assert (verdict.verdict, verdict.score) == ("graded", 2.0), verdict.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.5", ("graded", 0.5)), ("2", ("graded", 2.0)), ("0", ("graded", 0.0)),
     ("float('nan')", ("needs-human", None)), ("2.1", ("needs-human", None)),
     ("-1", ("needs-human", None)), ("float('inf')", ("needs-human", None)),
     ("'2'", ("graded", 2.0)), ("True", ("graded", 2.0))],
)  # fmt: skip
def test_partial_credit_is_a_finite_number_between_nothing_and_all(verdict_of, value, expected):
    verdict = verdict_of(f"def part():\n    return {value}", "part()")
    assert (verdict.verdict, verdict.score) == expected


def test_stderr_and_warnings_cost_nothing_and_outputs_are_kept(verdict_of):
    noisy = "import sys, warnings\nprint('hello')\ndef sq(x):\n    warnings.warn('w')\n"
    verdict = verdict_of(noisy + "    print('e', file=sys.stderr)\n    return x * x")
    assert verdict.score == 2
    assert verdict.outputs[0] == [{"output_type": "stream", "name": "stdout", "text": "hello\n"}]


def test_figures_and_values_are_kept_as_in_a_notebook(verdict_of):
    cell = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);\nplt.show()\n1 + 1"
    verdict = verdict_of(cell, "assert True")
    data = [set(output.get("data", ())) for output in verdict.outputs[0]]
    assert {"text/plain"} in data and any("image/png" in each for each in data)


def test_the_same_seed_gives_the_same_mark(verdict_of):
    answer = "import random\nimport numpy as np\n"
    answer += "def f():\n    return [random.random(), np.random.rand()]"
    tests = (
        "from course_lib import checks\nfloat(abs(sum(f()) - checks.fresh_random().random())) / 3"
    )
    marks = [verdict_of(answer, tests, seed=seed).score for seed in (1, 1, 2)]
    assert marks[0] == marks[1] != marks[2]


def test_fresh_inputs_differ_in_a_notebook_and_within_one_check():
    with checks.fresh_from(3):
        first = [checks.fresh_random().random() for _ in range(2)]
    with checks.fresh_from(3):
        assert [checks.fresh_random().random() for _ in range(2)] == first
    assert first[0] != first[1]
    assert checks.fresh_random().random() != checks.fresh_random().random()


def test_free_names_are_those_that_the_learner_must_define():
    source = "import numpy as np\nk = 3\ndef h(v):\n    w = v\n    return f(w) + k\n"
    source += "class C:\n    y = g\n[i for i in data if len(i)]\nh(np.pi)"
    assert free_names(source) == ["data", "f", "g"]


# -- what cheats or breaks -------------------------------------------------------------------

CHEATS = {
    "dropping assert": "import ast\nclass D(ast.NodeTransformer):\n    def visit_Assert(self, n):\n"
    "        return ast.Pass()\nget_ipython().ast_transformers.append(D())\ndef sq(x): return 5",
    "patching numpy.testing": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: 0\n"
    "def sq(x): return 9",
    "equal to everything": "class E(float):\n    __eq__ = lambda s, o: True\n    __hash__ = None\n"
    "def sq(x): return E(1)",
    "equal object": "class E:\n    __eq__ = lambda s, o: True\ndef sq(x): return E()",
    "displayhook": "import sys\ndef sq(x):\n    sys.displayhook(2)\n    return 5",
    "reading the tests": "import gc, sys\ndef sq(x):\n    f = sys._getframe()\n    while f:\n"
    "        if any('assert sq' in str(v) for v in f.f_locals.values()): return x * x\n"
    "        f = f.f_back\n    return 9 if x == 3 else 0",
    "patching checks": "from course_lib import checks\nchecks.close = lambda *a, **k: None\n"
    "def sq(x): return 9",
}


@pytest.mark.parametrize("answer", CHEATS.values(), ids=CHEATS.keys())
def test_a_cheat_earns_nothing(verdict_of, answer):
    verdict = verdict_of(answer)
    assert (verdict.verdict, verdict.score) == ("graded", 0.0), verdict


BREAKS = {
    "ends the process": ("import os\ndef sq(x): os._exit(0)", "crashed"),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "crashed"),
    "never ends": ("def sq(x):\n    while True: pass", "timeout"),
    "never ends in the cell": ("while True: pass", "timeout"),
    "never ends, ignores interrupts": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
    ),
    "endless value": ("def sq(x):\n    y = []\n    y.append(y)\n    return y", "needs-human"),
    "huge value": ("def sq(x):\n    import numpy as np\n    return np.zeros(10**8)", "needs-human"),
}


@pytest.mark.parametrize(("answer", "expected"), BREAKS.values(), ids=BREAKS.keys())
def test_what_breaks_is_undecided_never_full_marks_and_never_a_silent_zero(
    verdict_of, answer, expected
):
    verdict = verdict_of(answer, cell_seconds=2)
    assert (verdict.verdict, verdict.score) == (expected, None)
    assert verdict.message


FORGERIES = {
    "no JSON": struct.pack("!IQ", 3, 0) + b"{{{",
    "too large": struct.pack("!IQ", 2**31, 0),
    "no object": struct.pack("!IQ", 2, 0) + b"[]",
    "no value": struct.pack("!IQ", 2, 0) + b"{}",
    "unknown node": struct.pack("!IQ", 23, 0) + b'{"value": {"$": "evil"}}'[:23],
}


@pytest.mark.parametrize("message", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_message_is_tampering(verdict_of, message):
    answer = "import os\nfor number in range(3, 64):\n    try:\n"
    answer += f"        os.write(number, {message!r})\n    except OSError: pass\n"
    answer += "def sq(x): return x * x"
    assert verdict_of(answer, cell_seconds=3).verdict == "tampered"


def test_an_object_that_stays_with_the_learner_is_left_to_a_person_when_it_fails(verdict_of):
    box = "class Box:\n    n = 3\ndef make(): return Box()"
    assert verdict_of(box, "assert make().n == 3").score == 2
    failed = verdict_of(box, "assert make().n == 4")
    assert (failed.verdict, failed.score) == ("needs-human", None)


# -- Keras -----------------------------------------------------------------------------------


def sample_answers_of(exercise):
    """Return a right and a wrong answer; the proof of the checks judges all of them."""
    return [
        next(case for case in sample_answers(kind) if case[1] == exercise)
        for kind in ("right", "wrong")
    ]


@pytest.mark.slow
def test_models_cross_with_their_identity_and_state():
    """Exercises of lesson 05 that hand models over: sample answers get the mark they deserve."""
    imports = "import keras\nimport numpy as np\nfrom course_lib import finetuning\n"
    cases = sample_answers_of("build_classifier") + sample_answers_of("unfreeze")
    kind = "bubblewrap" if shutil.which("bwrap") else "none"
    with Sandbox.start(kind) as sandbox:
        for lesson_name, exercise, path in cases:
            cells = lesson_source(lesson_name).cells
            tests = next(c.source for c in cells if (c.role, c.exercise) == ("checks", exercise))
            answer = [imports, path.read_text("utf-8")]
            verdict = judge_in(sandbox, answer, tests, 4, seed=5)
            expected = 4.0 if path.name.startswith("right") else 0.0
            assert (verdict.verdict, verdict.score) == ("graded", expected), (path, verdict)
