"""The cells that run before a test cell: all that it needs, and little else."""

import ast
import random
import textwrap

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat import v4
from traitlets.config import Config

from course_lib.errors import CourseError
from course_tools.grading.notebooks import needed_cells
from course_tools.grading.notebooks.facts import (
    changes_its_arguments,
    trusted_imports,
    wanted_classes,
)

# Exercises whose checks train for some seconds.
TRAINING = {"braked_head"}


def cell(text, grade_id="", **metadata):
    node = v4.new_code_cell(textwrap.dedent(text).strip("\n"))
    if grade_id:
        node.metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, **metadata}
    return node


def answer(text, name="f"):
    return cell(text, name, solution=True, grade=False)


def test_cell(text="f()", name="f-checks"):
    return cell(text, name, solution=False, grade=True, points=1)


test_cell.__test__ = False


def chosen(*cells, checks="f-checks"):
    """Return the indices for a test; plain strings are the notebook's ordinary cells."""
    nodes = [cell(each) if isinstance(each, str) else each for each in cells]
    return needed_cells(v4.new_notebook(cells=nodes), checks)


# Each case: the ordinary cells, the answer, which of the cells are needed.
CASES = {
    "imports": (["import a", "import b", "from c import d"], "def f(): return a.x + d()", [0, 2]),
    "a dotted import binds its first part": (["import a.b", "x = 1"], "def f(): a", [0]),
    "one of several equal imports": (["import a", "import a\ntrain()", "import a"],
                                     "def f(): a", [0]),
    "different imports of one name": (["import a", "import b as a"], "def f(): a", [0, 1]),
    "chains": (["x = 1", "y = x", "z = y", "w = x"], "def f(): return z", [0, 1, 2]),
    "local names are no needs": (["x = 1", "y = 2"], "def f(y):\n  x = y\n  return x", []),
    "names of comprehensions": (["x = 1", "y = 2"], "def f(): return [x for x in y]", [1]),
    "a default is read at once": (["x = 1", "x = 2"], "def f(a=x): return a", [1]),
    "a body is read when called": (["x = 1", "x = 2"], "def f(): return x", [0, 1]),
    "lambdas": (["x = 1", "g = lambda: x"], "f = g", [0, 1]),
    "annotations": (["T = int", "U = int"], "def f(x: T) -> T: return x", [0]),
    "decorators": (["def d(f): return f", "e = 1"], "@d\ndef f(): pass", [0]),
    "bases and bodies of classes": (
        ["B = object", "x = 1", "y = 2", "z = 3"],
        "class f(B):\n  z = x\n  w = z\n  def m(self): return y",
        [0, 1, 2],
    ),
    "names of a class body are its own": (["x = 1", "class C:\n  x = 2\n  y = x"],
                                          "def f(): return C", [1]),
    "global in a function that is called": (
        ["def set_x():\n  global x\n  x = 3", "set_x()", "unused()"], "def f(): return x", [0, 1]
    ),
    "a function changing a list that it is not given": (
        ["items = []", "def put(v): items.append(v)", "put(3)", "print(items)"],
        "def f(): return items",
        [0, 1, 2],
    ),
    "walrus": (["if (n := 3): pass", "[m := 2 for _ in 'a']"], "def f(): n, m", [0, 1]),
    "for targets, with targets, star targets, except": (
        ["for a in []: pass", "with g() as b: pass", "c, *d = 1, 2", "import g"],
        "def f(): a, b, d",
        [0, 1, 2],
    ),
    "match": (["match 3:\n  case {'k': v, **rest}: pass", "w = 1"], "def f(): v, rest", [0]),
    "a sure binding ends the search": (["x = 1", "x = 2", "y = x"], "def f(): return y", [1, 2]),
    "an unsure one doesn't": (["x = 1", "if c:\n  x = 2", "y = x"], "def f(): return y", [0, 1, 2]),
    "augmented assignment": (["x = 1", "x += 1", "y = x"], "def f(): return y", [0, 1, 2]),
    "del": (["x = 1", "x = 2", "del x"], "def f(): return x", [0, 1, 2]),
    "try import": (["try:\n  import a\nexcept ImportError:\n  a = None"], "def f(): a", [0]),
    "a branch reads what an earlier cell binds": (
        ["n = 1", "if c:\n  m = n", "if c:\n  n = 2\nk = n"], "def f(): m, k", [0, 1, 2]
    ),
    "method calls as statements": (
        ["model = M()", "model.compile()", "model.summary", "h = model.fit(x)", "model.predict(x)"],
        "def f(): return model",
        [0, 1, 3, 4],
    ),
    "items and attributes": (
        ["d = {}", "d['a'] = 1", "d['a']['b'].c = 1", "del d['q']", "print(d['a'])", "e = d"],
        "def f(): return d",
        [0, 1, 2, 3],
    ),
    "changes through a part": (
        ["base = B()", "for layer in base.layers:\n  layer.trainable = False",
         "last = base.layers[-1]", "last.trainable = True", "other = B()\nother.x = 1"],
        "def f(): return base",
        [0, 1, 2, 3],
    ),
    "handing over": (["data = []", "shuffle(data)", "print(data)", "len(data)"],
                     "def f(): return data", [0, 1]),
    "plots change nothing": (
        ["from course_lib import plots", "import matplotlib.pyplot as plt", "x = [1]",
         "plots.lines(x)", "plt.plot(x)", "ax = plt.axes()\nax.plot(x)"],
        "def f(): return x",
        [2],
    ),
    "functions and modules don't change by being called or handed over": (
        ["import numpy as np", "np.random.seed(0)", "np.set_printoptions(3)",
         "def g(): pass", "use(g)", "use(np)"],
        "def f(): return np, g",
        [0, 3],
    ),
    "but by assignment": (["import numpy as np", "np.int = int", "def g(): pass", "g.x = 1"],
                          "def f(): return np.int, g.x", [0, 1, 2, 3]),
    "star imports": (["from m import *", "x = 1"], "def f(): return sqrt(2)", [0]),
    "%pylab": (["%pylab inline", "x = 1"], "def f(): return sqrt(2)", [0]),
    "magics that bind nothing": (["%matplotlib inline\n!ls x\nx?", "x = 1"], "def f(): x", [1]),
    "%time": (["%time x = 1", "%time y = 1"], "def f(): x", [0]),
    "%%time and %%capture": (["%%time\nx = 1", "%%capture out\n%%time\ny = x", "%%time\nz = 1"],
                             "def f(): y", [0, 1]),
    "other cell magics": (["%%writefile helper.py\nx = 1", "import helper", "%%bash\nls"],
                          "def f(): helper.x", [0, 1]),
    "exec and globals": (["exec('x = 1')", "globals()['y'] = 1", "exec('z = 1')"],
                         "def f(): x, y", [0, 1]),
    "what exec reads": (["a = 1", "exec('x = a')"], "def f(): x", [0, 1]),
    "syntax errors bind nothing": (["x = (", "x = 1", "return x", "  x = 2"], "def f(): x", [1, 3]),
    "await": (["import m", "x = await m.g()"], "def f(): x", [0, 1]),
    "from __future__": (["from __future__ import annotations", "x = 1"], "def f(): x", [1]),
    "a name of Python's that was redefined": (["def round(x): pass", "y = 1"],
                                              "def f(): return round(1), len([])", [0]),
    "names that nobody binds": (["x = 1"], "def f(): return nothing", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_names(name):
    ordinary, text, wanted = CASES[name]
    assert chosen(*ordinary, answer(text), test_cell()) == [*wanted, len(ordinary)]


def test_cells_after_the_answer_and_before_the_test_count():
    cells = [answer("def f(): return helper()"), "def helper(): return 1", test_cell()]
    assert chosen(*cells) == [0, 1]


def test_cells_after_the_test_do_not():
    assert chosen(answer("def f(): return x"), test_cell(), "x = 1") == [0]


def test_a_later_definition_of_the_answers_name_counts():
    assert chosen(answer("def f(): return 1"), "def f(): return 2", test_cell()) == [0, 1]


def test_names_that_the_test_itself_binds_are_not_needed():
    test = test_cell("import numpy as np\nlabels = np.ones(3)\ndef g(): return labels, np\nf(g)")
    assert chosen("import numpy as np", "labels = load()", answer("def f(g): g()"), test) == [2]


def test_names_that_the_test_uses_are_needed():
    test = test_cell("assert f(x) == [y for y in (1, z)]")
    assert chosen("x = 1", "y = 2", "z = 3", answer("def f(): pass"), test) == [0, 2, 3]


def test_other_tests_never_run():
    cells = ["x = 1", test_cell("x = helper()", "g-checks"), answer("def f(): return x")]
    assert chosen(*cells, test_cell()) == [0, 2]


def test_other_answers_and_extra_cells_run_when_they_are_called():
    cells = [answer("def g(): return 1", "g"), answer("def h(): return 1", "h"), "def k(): g()"]
    assert chosen(*cells, answer("def f(): return k()"), test_cell()) == [0, 2, 3]


@pytest.mark.parametrize("text", ["def f(:", "%%bash\nls", "", "f = \x01"])
def test_the_answer_itself_runs_whatever_it_holds(text):
    assert chosen("x = 1", answer(text), test_cell()) == [1]


def test_lessons_that_name_their_cells_otherwise():
    cells = [
        answer("a = 1", "cell-1"), test_cell("a", "cell-2"), answer("b = 1", "cell-3"),
        answer("c = 1", "cell-4"), test_cell("b", "cell-5"),
    ]  # fmt: skip
    assert chosen(*cells, checks="cell-2") == [0]
    assert chosen(*cells, checks="cell-5") == [2, 3]


def test_markdown_cells_do_not_run():
    written = v4.new_markdown_cell("x = 1")
    written.metadata["nbgrader"] = {"grade_id": "f", "solution": True, "grade": True}
    assert chosen(written, test_cell("x")) == []


def test_an_unknown_test_is_a_persons_mistake():
    with pytest.raises(CourseError, match="no cell 'g-checks'"):
        chosen("x = 1", test_cell(), checks="g-checks")


@pytest.mark.parametrize("seed", range(20))
def test_no_text_is_too_damaged(root, seed):
    """Cut and mixed cells of a real lesson give some slice, in order, with the answer in it."""
    notebook = nbformat.read(root / "solutions" / "06_metrics.ipynb", as_version=4)
    rng = random.Random(seed)
    for each in notebook.cells:
        lines = each.source.split("\n")
        if each.cell_type == "code" and rng.random() < 0.5:
            lines[rng.randrange(len(lines))] = rng.choice(["(", "%%time", "\t x = 1", "\0", "?x"])
            each.source = "\n".join(lines)
    for name in ("confusion", "cheapest_threshold"):
        indices = needed_cells(notebook, f"{name}-checks")
        assert indices == sorted(set(indices))
        assert name in [notebook.cells[index].id for index in indices]


def test_a_call_that_looks_like_a_magic_command_and_names_none_is_a_call():
    cell = "class Shell:\n    def run_line_magic(self): pass\nShell().run_line_magic()"
    assert chosen(cell, answer("def f(): return 1"), test_cell()) == [1]


def test_nesting_that_Python_refuses_is_left_out():
    deep = "x = " + "(" * 5000 + ")" * 5000
    deeper = "x = " + "-" * 100_000 + "1"
    assert chosen(deep, answer("def f(): x"), test_cell()) == [1]
    # Too long to analyse: it may bind what it mentions.
    assert chosen(deeper, deeper.replace("x", "y"), answer("def f(): x"), test_cell()) == [0, 2]


# --- The course's own lessons -------------------------------------------------------------------


def exercises():
    from checkout import LESSONS, ROOT

    for lesson in LESSONS:
        path = ROOT / "solutions" / f"{lesson}.ipynb"
        for each in nbformat.read(path, as_version=4).cells if path.is_file() else ():
            name = each.metadata.get("nbgrader", {}).get("grade_id", "")
            if name.endswith("-checks"):
                slow = [pytest.mark.slow] if name.removesuffix("-checks") in TRAINING else []
                yield pytest.param(path, name, marks=slow, id=f"{lesson}-{name}")


@pytest.fixture
def shell():
    import keras

    keras.utils.set_random_seed(0)
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


def _is_helpers(source):
    """Whether a cell does nothing but define functions."""
    return all(isinstance(each, ast.FunctionDef) for each in ast.parse(source).body)


@pytest.mark.parametrize(("path", "checks"), list(exercises()))
def test_each_exercise_passes_with_its_slice_alone(path, checks, shell, capsys):
    notebook = nbformat.read(path, as_version=4)
    indices = needed_cells(notebook, checks)
    assert checks.removesuffix("-checks") in [notebook.cells[index].id for index in indices]
    # The imports, helpers that checks share, the answer, and answers that it calls: no
    # demonstration.
    ordinary = [
        notebook.cells[i].source for i in indices if not notebook.cells[i].metadata.get("nbgrader")
    ]
    demonstrations = [source for source in ordinary if not _is_helpers(source)]
    assert len(demonstrations) <= 2, demonstrations
    test = next(each for each in notebook.cells if each.id == checks)
    for each in [*(notebook.cells[index] for index in indices), test]:
        result = shell.run_cell(each.source)
        result.raise_error()
    assert "✓" in capsys.readouterr().out


def test_imports_of_the_instructors_cells_are_trusted_while_nothing_binds_them_again():
    cells = ["import numpy as np\nimport os.path, json\nfrom a import b as c", "json = load()"]
    cells = [cell(text) for text in cells]
    cells += [answer("import sys\nnp = 1", "g"), cell("import numpy as np"), answer("def f(): 0")]
    notebook = v4.new_notebook(cells=[*cells, test_cell(), cell("import late")])
    assert trusted_imports(notebook, "f-checks") == {
        "np": "import numpy as np", "os": "import os.path", "c": "from a import b as c"
    }  # fmt: skip


def test_classes_that_a_lesson_defines():
    cells = [
        cell("class A: pass\nif x:\n    class B: pass"),
        answer("class f: pass"),
        cell("def c("),
    ]
    assert wanted_classes(v4.new_notebook(cells=cells)) == {"A", "B", "f"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x): return x + 1", False),
        ("def f(x):\n    y = x.copy()\n    y.sort()\n    return y", False),
        ("def f(x):\n    n = 0\n    n += 1\n    return n", False),
        ("def f(x): x.sort()", True),
        ("def f(x): x[0] = 1", True),
        ("def f(x): x += 1", True),
        ("def f(*, x):\n    for row in x:\n        row[0] = 1", True),
        ("def f(x):\n    import random\n    random.shuffle(x)", True),
        ("f = lambda x: x.pop()", True),
        ("def f(", True),
    ],
)
def test_answers_that_change_their_arguments(text, expected):
    notebook = v4.new_notebook(cells=[answer(text), test_cell()])
    assert changes_its_arguments(notebook, "f-checks") is expected
