"""How far the numbers of checks are from their limits: right answers inside, wrong ones outside.

The reference solution of every exercise is checked under several seeds, which determine inputs,
initial weights and training runs; every wrong answer is checked once. For each comparison of
numbers in a check cell this shows the largest share of the tolerance that a right answer uses (1 is
the limit), and by how many times the tolerance the nearest wrong answer is off. A limit that a
check sets itself, such as `loss < 0.9`, is shown with the values on either side of it. Beside each
are the values of right answers on those machines of `benchmarks/machines.py` that differ most, each
in a process of its own, under fewer seeds.
"""

import ast
import contextlib
import io
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks import machines
from course_lib import checks
from course_tools.authoring import Cell, Lesson, find_root, find_sources, read_lesson
from course_tools.authoring.lesson_code import imports

SEEDS = 10
SEEDS_ON_OTHER_MACHINES = 3
AT_A_TIME = 2
_FILE = "<check>"
_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


@dataclass
class Closeness:
    """The distances that one comparison has met, in units of its tolerance."""

    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)


@dataclass
class Limit:
    """The values that a check has compared with a limit of its own."""

    text: str
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)


@dataclass
class Elsewhere:
    """The values of right answers to an exercise on other machines.

    Attributes:
        machines: how many there were.
        used: the largest share of a tolerance.
        limits: what was compared with a limit -> its values.
    """

    machines: int = 0
    used: float = 0.0
    limits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def run() -> list[str]:
    """Return a line for each exercise, and one for each limit that a check sets itself."""
    elsewhere = _on_other_machines()
    lines = []
    for lesson, cell in _all_checks():
        answers = find_root(Path.cwd()) / "answers" / lesson.name / cell.exercise
        wrong = sorted(answers.glob("wrong_*.py"))
        lines += _report(lesson, cell, wrong, elsewhere[_where(lesson, cell)])
    return lines


def _all_checks() -> Iterator[tuple[Lesson, Cell]]:
    for source in find_sources(find_root(Path.cwd()), ()):
        lesson = read_lesson(source)
        yield from ((lesson, cell) for cell in lesson.cells if cell.role == "checks")


def _where(lesson: Lesson, cell: Cell) -> str:
    return f"{lesson.name[:2]}/{cell.exercise}"


def _on_other_machines() -> dict[str, Elsewhere]:
    found: dict[str, Elsewhere] = defaultdict(Elsewhere)
    imitable = machines.imitable(machines.named(machines.MOST_DIFFERENT))
    others = [machine for machine in imitable if machine != machines.AS_IT_IS]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(lambda machine: machine.measure("benchmarks.tolerances"), others))
    for of_machine in answers:
        for where, right in of_machine.items():
            of_exercise = found[where]
            of_exercise.machines += 1
            of_exercise.used = max(of_exercise.used, right["used"])
            for text, values in right["limits"].items():
                of_exercise.limits[text] += values
    return found


def right_answers() -> dict[str, dict]:
    """Return the tolerance used, and the values, of each reference solution in this process."""
    found = {}
    for lesson, cell in _all_checks():
        measured = _Measured(lesson, cell)
        for seed in range(SEEDS_ON_OTHER_MACHINES):
            measured.meet_reference(seed)
        limits = {limit.text: limit.right for limit in measured.limits.values()}
        found[_where(lesson, cell)] = {"used": measured.used, "limits": limits}
    return found


def _report(lesson: Lesson, cell: Cell, wrong: list[Path], elsewhere: Elsewhere) -> Iterator[str]:
    measured = _Measured(lesson, cell)
    for seed in range(SEEDS):
        measured.meet_reference(seed)
    for path in wrong:
        with contextlib.suppress(checks.CheckFailed):
            measured.meet(path.read_text(encoding="utf-8"), 0)
    where = _where(lesson, cell)
    if measured.closeness:
        outside = min(
            (min(each.wrong) for each in measured.closeness.values() if each.wrong), default=np.inf
        )
        nearest = (
            f"the nearest wrong answer is off by {outside:.3g} of one"
            if np.isfinite(outside)
            else "no wrong answer is refused by one"
        )
        yield (
            f"{where}: {len(measured.closeness)} comparisons within a tolerance, of which right "
            f"answers use at most {measured.used:.2g}, {elsewhere.used:.2g} on "
            f"{elsewhere.machines} other machines; {nearest}"
        )
    for limit in measured.limits.values():
        yield (
            f"{where}: {limit.text}: right {_range(limit.right)}, on other machines "
            f"{_range(elsewhere.limits[limit.text])}; refused {_range(limit.wrong)}"
        )


def _range(values: list[float]) -> str:
    return f"{min(values):.4g} to {max(values):.4g}" if values else "none"


class _Measured:
    """A check cell whose comparisons are recorded, by line."""

    def __init__(self, lesson: Lesson, cell: Cell):
        self.closeness: dict[int, Closeness] = defaultdict(Closeness)
        self.limits: dict[tuple, Limit] = {}
        self._code = compile(_noting_limits(cell.source), _FILE, "exec")
        self._imports = vars(imports(lesson.name))
        self._solution = next(
            each.source
            for each in lesson.cells
            if (each.role, each.exercise) == ("solution", cell.exercise)
        )
        self._is_right = False
        self._refusing: tuple[list[float], float] | None = None

    @property
    def used(self) -> float:
        """The largest share of a tolerance that a right answer has used."""
        return max((max(each.right, default=0.0) for each in self.closeness.values()), default=0.0)

    def meet_reference(self, seed: int) -> None:
        """Run the checks on the reference solution.

        Raises:
            CheckFailed: it was refused.
        """
        self._is_right = True
        try:
            self.meet(self._solution, seed)
        finally:
            self._is_right = False

    def meet(self, answer: str, seed: int) -> None:
        """Run the checks on an answer.

        Raises:
            CheckFailed: the answer was refused; the comparison that refused it has been recorded.
        """
        names = self._imports | {"_note": self._note_limit, "__name__": "answer"}
        self._refusing = None
        keras.utils.set_random_seed(seed)
        exec(compile(answer, "<answer>", "exec"), names)
        original, checks.close = checks.close, self._close
        try:
            with checks.fresh_from(seed), contextlib.redirect_stdout(io.StringIO()):
                exec(self._code, names)
        except checks.CheckFailed:
            if self._refusing is not None:
                values, value = self._refusing
                values.append(value)
            raise
        finally:
            checks.close = original

    def _close(self, actual, expected, what, **options) -> None:
        rtol, atol = options.get("rtol", 1e-5), options.get("atol", 1e-8)
        noted = self.closeness[_line_of_check()]
        with contextlib.suppress(TypeError, ValueError):  # no numbers, or another shape
            wanted = np.asarray(expected, float)
            distance = np.abs(np.asarray(actual, float) - wanted)
            shares = distance / (atol + rtol * np.abs(wanted))
            share = float(np.max(shares, initial=0.0, where=~np.isnan(shares)))
            self._note(noted.right, noted.wrong, share, held=share <= 1)
        _CLOSE(actual, expected, what, **options)

    def _note_limit(self, line: int, texts: list[str], signs: list[str], *values: object) -> Any:
        """Record a comparison such as `0.9 < spread < 1.1`, and return its value."""
        holds = True
        for n, sign in enumerate(signs):
            left, right = values[n : n + 2]
            held = _COMPARE[sign](left, right)
            holds = held if holds is True else holds and held
            if not all(isinstance(v, int | float | np.number) for v in (left, right)):
                continue
            left_is_limit, right_is_limit = (texts[k][0].isdigit() for k in (n, n + 1))
            value = right if left_is_limit else left if right_is_limit else left - right
            text = f"{texts[n]} {sign} {texts[n + 1]}"
            if not (left_is_limit or right_is_limit):
                text = f"{texts[n]} − {texts[n + 1]} {sign} 0"
            limit = self.limits.setdefault((line, text), Limit(f"line {line}, {text}"))
            self._note(limit.right, limit.wrong, float(value), bool(held))
        return holds

    def _note(self, right: list[float], wrong: list[float], value: float, held: bool) -> None:
        if self._is_right:
            right.append(value)
        self._refusing = None if held else (wrong, value)


_CLOSE = checks.close
_COMPARE = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def _line_of_check() -> int:
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename != _FILE:
        frame = frame.f_back
    return frame.f_lineno if frame else 0


def _noting_limits(source: str) -> ast.Module:
    """Return the check cell with each inequality inside `checks.true(…)` turned into a note."""
    tree = ast.parse(source)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "checks.true":
            call.args[0] = _Noting().visit(call.args[0])
    return ast.fix_missing_locations(tree)


class _Noting(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if not all(type(sign) in _SIGNS for sign in node.ops):
            return node
        sides = [node.left, *node.comparators]
        noted = ast.parse("_note()", mode="eval").body
        noted.args = [
            ast.Constant(node.lineno),
            ast.List([ast.Constant(ast.unparse(side)) for side in sides], ast.Load()),
            ast.List([ast.Constant(_SIGNS[type(sign)]) for sign in node.ops], ast.Load()),
            *sides,
        ]
        return ast.copy_location(noted, node)


if __name__ == "__main__":
    print(json.dumps(right_answers()))
