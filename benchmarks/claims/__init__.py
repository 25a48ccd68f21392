"""What the lessons' prose says about the numbers of a run, each with the room that it has.

`benchmarks/claims/NN_slug.py` holds the claims of a lesson: each quotes the words that stand in its
prose, computes a number from the names of the finished notebook, and says where it has to lie for
the words to be true:

    @claim("coverage is well above a half", least=0.55)
    def coverage_of_the_shipped_forger(lesson):
        return lesson.covered["GAN, 40 epochs"]

Every run of a whole lesson in the tests ends with its claims, `make test-processors` does so on
imitated machines, and `python -m benchmarks claims` under other seeds. What came out is kept in
`benchmarks/results/claims_runs.json` and shown beside each limit.
"""

import hashlib
import importlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from nbformat import NotebookNode, v4

from course_lib import assets, environment
from course_lib.plumbing import write_atomically
from course_tools.authoring import Lesson, find_root
from course_tools.grading.notebooks import code_alone, course_files

KEPT = Path(__file__).parents[1] / "results" / "claims_runs.json"
FOLDER = Path(__file__).parent
# What stands around the answer of `report` in a notebook's output.
_MARK = "claims: "


@dataclass(frozen=True)
class Claim:
    """A number of a lesson's run, and where it has to lie.

    Attributes:
        name: what it is called, unique in the lesson.
        says: words of the lesson's prose that are true because of it.
        value: names of the finished notebook -> the number.
        least, most: the limits; at least one of them is given.
    """

    name: str
    says: str
    value: Callable[[SimpleNamespace], float]
    least: float = -math.inf
    most: float = math.inf

    def holds(self, number: float) -> bool:
        """Return whether the words are true of this number; of NaN none are."""
        return self.least <= number <= self.most

    @property
    def limit(self) -> str:
        """The limits in words."""
        parts = [f"at least {self.least:g}"] * (self.least > -math.inf)
        parts += [f"at most {self.most:g}"] * (self.most < math.inf)
        return " and ".join(parts)


def claim(
    says: str, *, least: float = -math.inf, most: float = math.inf
) -> Callable[[Callable[[SimpleNamespace], float]], Claim]:
    """Return a decorator that turns a function of the notebook's names into a claim."""
    if least == -math.inf and most == math.inf:
        raise ValueError(f"A claim needs a limit: {says!r}")
    return lambda value: Claim(value.__name__, says, value, least, most)


def claims_of(lesson: str) -> list[Claim]:
    """Return the claims of a lesson, such as `"03_gans"`, in the order of their file."""
    if not (FOLDER / f"{lesson}.py").is_file():
        return []
    module = importlib.import_module(f"benchmarks.claims.{lesson}")
    return [each for each in vars(module).values() if isinstance(each, Claim)]


def measure(lesson: str, names: Mapping[str, object]) -> dict[str, float]:
    """Return the number of every claim, from the names of a finished notebook."""
    finished = SimpleNamespace(**names)
    return {each.name: float(each.value(finished)) for each in claims_of(lesson)}


def broken(lesson: str, measured: Mapping[str, float]) -> list[str]:
    """Return a line for each claim that does not hold."""
    return [
        f"{lesson}, {each.name}: {measured[each.name]:.4g}, but it has to be {each.limit} for "
        f"“{each.says}” to be true"
        for each in claims_of(lesson)
        if not each.holds(measured[each.name])
    ]


# -- at the end of a notebook ----------------------------------------------------------------------


def first_cell(seed: int) -> str:
    """Return code that lets a notebook run under another seed; 0 leaves it as it is.

    What the notebook seeds itself with, `keras.utils.set_random_seed(n)` and
    `np.random.default_rng(n)`, is moved by the seed.
    """
    if not seed:
        return ""
    return (
        "import keras, numpy\n"
        "def _moved(original, moved):\n"
        "    def call(seed=None):\n"
        "        is_number = isinstance(seed, (int, numpy.integer))\n"
        "        return original([int(seed), moved] if is_number else seed)\n"
        "    return call\n"
        "_set = keras.utils.set_random_seed\n"
        f"keras.utils.set_random_seed = lambda seed: _set(int(seed) + {1000 * seed})\n"
        f"numpy.random.default_rng = _moved(numpy.random.default_rng, {seed})\n"
        "del _moved"
    )


def with_claims(notebook: NotebookNode, lesson: str) -> NotebookNode:
    """Return the notebook with a last cell that measures what the lesson's prose claims."""
    notebook.cells.append(v4.new_code_cell(last_cell(lesson)))
    return notebook


def last_cell(lesson: str) -> str:
    """Return code that prints the numbers of all claims, and binds no name of the notebook's."""
    root = str(find_root(Path(__file__)))
    module = "__import__('importlib').import_module('benchmarks.claims')"
    return (
        f"__import__('sys').path.insert(0, {root!r})\nprint({module}.report({lesson!r}, globals()))"
    )


def report(lesson: str, names: Mapping[str, object]) -> str:
    """Return the numbers of all claims as a line that `read_report` understands."""
    return _MARK + json.dumps(measure(lesson, names))


def read_report(text: str) -> dict[str, float]:
    """Return what `report` has written, from the output of the last cell."""
    [line] = [line for line in text.splitlines() if line.startswith(_MARK)]
    return json.loads(line.removeprefix(_MARK))


# -- what is kept ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """The numbers of one run of a lesson.

    Attributes:
        machine: the machine's name, imitated or this one.
        seed: 0 for the lesson as learners run it.
        code: a digest of the lesson's code as it was.
        values: claim -> number.
        content: a digest of all that the run depends on, see `content_key`; empty if not noted.
    """

    machine: str
    seed: int
    code: str
    values: Mapping[str, float]
    content: str = ""


def code_digest(lesson: Lesson) -> str:
    """Return a digest of a lesson's code; comments, docstrings and layout don't count."""
    code = [code_alone(cell.source) for cell in lesson.cells if cell.kind == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()[:16]


def content_key(lesson: Lesson) -> str:
    """Return a digest of all that a whole run of a lesson depends on.

    That is its code, the modules of the course that it imports, directly or not, the assets that
    these name, and the versions of the packages that compute. Comments, docstrings and layout don't
    count.
    """
    cells = [cell.source for cell in lesson.cells if cell.kind == "code"]
    modules = [path.read_text(encoding="utf-8") for path in course_files(cells).values()]
    code = [code_alone(text) for text in [*cells, *modules]]
    named = {
        name: asset
        for name, asset in assets.manifest().items()
        if any(name in text for text in code)
    }
    parts = [*code, *(json.dumps(x, sort_keys=True) for x in (environment.versions(), named))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def run_of_content(lesson: Lesson, path: Path = KEPT) -> Run | None:
    """Return the kept run of the lesson just as it is now, on a machine as it is, or None."""
    key = content_key(lesson)
    return next((run for run in kept(lesson.name, path) if run.content == key), None)


def kept(lesson: str, path: Path = KEPT) -> list[Run]:
    """Return the runs of a lesson that are kept."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return [Run(**each) for each in content.get(lesson, [])]


def keep(lesson: str, runs: list[Run], path: Path = KEPT) -> None:
    """Keep runs of a lesson; they take the place of older ones of the same machine and seed."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    by_run = {(each.machine, each.seed): each for each in [*kept(lesson, path), *runs]}
    content[lesson] = [vars(by_run[key]) for key in sorted(by_run)]
    lines = [
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, each)) + "\n ]"
        for name, each in sorted(content.items())
    ]
    write_atomically(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def lines(lesson: Lesson, runs: list[Run]) -> list[str]:
    """Return one line for each claim: its limit, and the spread over machines and over seeds."""
    code = code_digest(lesson)
    is_older = any(run.code != code for run in runs)
    by_chance = {
        "machines": [each for each in runs if each.seed == 0],
        "other seeds": [each for each in runs if each.seed != 0],
    }
    found = []
    for each in claims_of(lesson.name):
        parts = [f"{lesson.name[:2]}/{each.name}: {each.limit}"]
        for chance, of_chance in by_chance.items():
            numbers = [run.values[each.name] for run in of_chance if each.name in run.values]
            if numbers:
                parts.append(f"{min(numbers):.4g} to {max(numbers):.4g} on {len(numbers)} {chance}")
        if is_older:
            parts.append("some measured before the lesson's code changed")
        found.append("; ".join(parts))
    return found
