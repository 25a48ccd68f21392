"""Reading a lesson's source: percent-format Python whose cell headers may hold one of four words.

    # %% [markdown] hints="recall"            up to three hints, directly above the learner's cell
    # %% solution="recall"                    the learner's cell
    # %% checks="recall" points=2             its graded tests
    # %% [markdown] written="why" points=3    a written answer, graded by a person

Where a learner judges instead of writing code, that cell also says `kind="judge"`.

`read_lesson` is the entry point: it returns the lesson, or raises `SourceError` with every problem
that it found.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import jupytext
from IPython.core.inputtransformer2 import TransformerManager

from course_lib.errors import CourseError
from course_tools.authoring.sealing import disagreements
from course_tools.grading.notebooks import NBGRADERS_RULES, checks_id

ROLES = ("solution", "checks", "written", "hints")
# What a learner does in a cell of these roles, unless its header says `kind="judge"`.
TASKS = {"solution": "write", "written": "explain"}
JUDGE = "judge"
MOST_HINTS = 3
STEM = re.compile(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*")
EXERCISE = re.compile(r"[a-z][a-z0-9_-]*")
# A lesson's own spelling of nbgrader's marks.
SOLUTION_MARKS = tuple(f"### {mark}" for mark in NBGRADERS_RULES.solution)
HIDDEN_MARKS = tuple(f"### {mark}" for mark in NBGRADERS_RULES.hidden_tests)
_MARK_OF_ANY_SPELLING = re.compile(r"(BEGIN|END) +(SOLUTION|HIDDEN TESTS)", re.IGNORECASE)
_JUPYTEXT_METADATA = ("lines_to_next_cell",)


class SourceError(CourseError):
    """A lesson's source cannot be built; the message lists file, line and what to do."""


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson.

    Attributes:
        kind: `"markdown"` or `"code"`.
        source: its text, markers included.
        line: the line of its header in the file, counted from 1.
        role: the word in its header, one of `ROLES`; `""` for an ordinary cell.
        exercise: the name of the exercise that it belongs to; `""` for an ordinary cell.
        points: what a checks or written cell is worth; 0 for others.
        task: what the learner does in it: "write", "judge", "explain"; `""` in other cells.
    """

    kind: str
    source: str
    line: int
    role: str = ""
    exercise: str = ""
    points: int = 0
    task: str = ""


@dataclass(frozen=True)
class Lesson:
    """A lesson: `name` is the file's stem (`NN_slug`), `cells` stand in reading order."""

    name: str
    cells: tuple[Cell, ...]


def read_lesson(path: Path) -> Lesson:
    """Read and validate one lesson source.

    Raises:
        SourceError: the file cannot be read as a lesson; every problem is listed with its line.
    """
    path = Path(path)
    problems = _Problems(path)
    if not STEM.fullmatch(path.stem) or path.suffix != ".py":
        problems.add(1, "the file must be called NN_slug.py, such as 05_resnet50.py; rename it")
    return _validated(path.stem, _cells(path, problems), problems)


def validated(path: Path, name: str, cells: Sequence[Cell]) -> Lesson:
    """Return the lesson that has these cells, such as those of a translation.

    Raises:
        SourceError: they make no lesson; `path` is named, with the lines of the English source.
    """
    return _validated(name, list(cells), _Problems(path))


def _validated(name: str, cells: list[Cell], problems: "_Problems") -> Lesson:
    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        problems.add(
            1, "a lesson starts with a markdown cell whose first line is `# Title`; add it"
        )
    for cell in cells:
        _check_markers(cell, problems)
        _check_syntax(cell, problems)
    _check_exercises(cells, problems)
    _check_hints(cells, problems)
    _check_titles(name[:2], cells, problems)
    _check_seals(cells, problems)
    problems.raise_if_any()
    return Lesson(name, tuple(cells))


def heading_above(cells: Sequence[Cell], position: int) -> int | None:
    """Return the position of the nearest markdown cell above that begins with a heading."""
    for index in reversed(range(position)):
        if cells[index].kind == "markdown" and cells[index].source.startswith("#"):
            return index
    return None


def hints_of(cell: Cell) -> list[str]:
    """Return the hints of a hints cell: its paragraphs."""
    return [hint for part in re.split(r"\n[ \t]*\n", cell.source) if (hint := part.strip("\n"))]


def title_and_lesson(cell: Cell) -> tuple[str, str]:
    """Return the title and lesson that a check cell gives `checks.exercise`, each "" if absent."""
    for node in ast.walk(_parsed(cell)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "checks.exercise":
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            given = dict(zip(("title", "lesson"), node.args, strict=False)) | named
            return _text(given.get("title")), _text(given.get("lesson"))
    return "", ""


class _Problems:
    """Collects what is wrong, so that an author sees all of it at once."""

    def __init__(self, path: Path):
        self.path = path
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        self.found.append((line, text))

    def raise_if_any(self) -> None:
        if self.found:
            raise SourceError(
                "\n".join(f"{self.path}:{line}: {text}." for line, text in sorted(self.found))
            )


def _cells(path: Path, problems: _Problems) -> list[Cell]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}:1: cannot be read as UTF-8 text ({error}). Save it as UTF-8."
        ) from error
    headers = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"# %%(\s|$)", line)]
    before = text.splitlines()[: headers[0] - 1] if headers else text.splitlines()
    if any(line.strip() for line in before):
        problems.add(1, "there is text before the first cell; begin it with a `# %%` line")
        return []
    raw_cells = jupytext.reads(text, fmt="py:percent").cells
    if len(raw_cells) != len(headers):
        raise SourceError(
            f"{path}:1: {len(headers)} `# %%` lines but {len(raw_cells)} cells. Keep `# %%` at the "
            "start of a line for cell headers only."
        )
    return [_cell(raw, line, problems) for raw, line in zip(raw_cells, headers, strict=True)]


def _cell(raw: dict, line: int, problems: _Problems) -> Cell:
    header = {k: v for k, v in raw["metadata"].items() if k not in _JUPYTEXT_METADATA}
    points, kind = header.pop("points", None), header.pop("kind", None)
    role = _role(header, raw["cell_type"], line, problems)
    exercise = str(header[role]) if role else ""
    if role and not EXERCISE.fullmatch(exercise):
        problems.add(
            line, f"{exercise!r} is not an exercise name; use lower-case letters, digits, - _"
        )
    if role == "written" and raw["cell_type"] != "markdown":
        problems.add(line, "a written answer is a markdown cell; write `# %% [markdown] written=…`")
    if role == "hints" and raw["cell_type"] != "markdown":
        problems.add(line, "hints are a markdown cell; write `# %% [markdown] hints=…`")
    if kind is not None and (role, kind) != ("solution", JUDGE):
        problems.add(line, f'kind= may only be kind="{JUDGE}", in a solution cell; remove it')
    if role in ("solution", "checks") and raw["cell_type"] != "code":
        problems.add(line, f"{role}= belongs to a code cell; remove [markdown]")
    if role in ("checks", "written"):
        if type(points) is not int or points < 1:
            problems.add(
                line, f"{role}={exercise!r} needs points=N, a whole number of 1 or more; add it"
            )
            points = 0
    elif points is not None:
        problems.add(line, "points= belongs to a checks or written cell; remove it")
        points = None
    task = TASKS.get(role, "") if kind is None else JUDGE
    return Cell(raw["cell_type"], raw["source"], line, role, exercise, points or 0, task)


def _role(header: dict, cell_type: str, line: int, problems: _Problems) -> str:
    roles = [role for role in ROLES if role in header]
    unknown = sorted(set(header) - set(roles))
    if unknown or len(roles) > 1 or cell_type not in ("markdown", "code"):
        found = ", ".join(unknown or roles or [cell_type])
        problems.add(
            line,
            'the header may hold one of solution="…", checks="…" points=N, or [markdown] '
            f'written="…" points=N, or [markdown] hints="…"; found {found}',
        )
    return roles[0] if roles else ""


def _check_markers(cell: Cell, problems: _Problems) -> None:
    _check_regions(cell, SOLUTION_MARKS, ("solution", "written"), problems)
    _check_regions(cell, HIDDEN_MARKS, ("checks",), problems)
    begin, end = SOLUTION_MARKS
    has_answer = any(line.strip() == begin for line in cell.source.split("\n"))
    if cell.role in ("solution", "written") and not has_answer:
        name = f"{cell.role}={cell.exercise!r}"
        problems.add(cell.line, f"{name} has no answer between `{begin}` and `{end}`; add it")
    for number, line in enumerate(cell.source.split("\n"), cell.line + 1):
        text = line.strip()
        if _MARK_OF_ANY_SPELLING.search(text) and text not in SOLUTION_MARKS + HIDDEN_MARKS:
            problems.add(
                number,
                f"`{text}` looks like a marker but is none; write it exactly, alone on its line",
            )


def _check_regions(
    cell: Cell, marks: tuple[str, ...], roles: tuple[str, ...], problems: _Problems
) -> None:
    """Check that the marks of one kind pair up, and stand in cells of these roles only."""
    begin, end = marks
    open_since = None
    for number, line in enumerate(cell.source.split("\n"), cell.line + 1):
        text = line.strip()
        if text not in marks:
            continue
        if cell.role not in roles:
            allowed = " or ".join(f"{role}=" for role in roles)
            problems.add(number, f"`{text}` may only stand in a {allowed} cell; move it")
        if (text == begin) == (open_since is not None):
            problems.add(number, f"`{text}` does not pair up; balance {begin!r} and {end!r}")
        open_since = number if text == begin else None
    if open_since is not None:
        problems.add(open_since, f"`{begin}` is never closed; add `{end}`")


def _check_syntax(cell: Cell, problems: _Problems) -> None:
    if cell.kind != "code":
        return
    try:
        _parsed(cell)
    except SyntaxError as error:
        problems.add(cell.line + (error.lineno or 1), f"not valid Python ({error.msg}); correct it")


def _parsed(cell: Cell) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))


def _text(argument: ast.expr | None) -> str:
    """Return the value of a literal, and any other expression as it is written."""
    if argument is None:
        return ""
    return str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)


def _check_titles(number: str, cells: list[Cell], problems: _Problems) -> None:
    """Check the titles of checks that name their lesson: both identify a learner's progress."""
    first_used: dict[str, int] = {}
    for position, cell in enumerate(cells):
        try:
            title, lesson = title_and_lesson(cell) if cell.role == "checks" else ("", "")
        except SyntaxError:  # has been reported
            continue
        if not lesson:
            continue
        if lesson != number:
            problems.add(
                cell.line, f"lesson={lesson!r} is not this file's; write lesson={number!r}"
            )
        if title in first_used:
            problems.add(
                cell.line,
                f"the title {title!r} is used already in line {first_used[title]}; choose another",
            )
        first_used.setdefault(title, cell.line)
        above = heading_above(cells, position)
        heading = cells[above].source.split("\n")[0] if above is not None else title
        if not title or not re.search(rf"(?<!\w){re.escape(title)}(?!\w)", heading, re.IGNORECASE):
            problems.add(
                cell.line,
                f"the title {title!r} is not in the heading above, {heading!r}; repeat it",
            )


def _check_seals(cells: list[Cell], problems: _Problems) -> None:
    solutions = {cell.exercise: cell.source for cell in cells if cell.role == "solution"}
    for cell in cells:
        if cell.role == "checks" and not problems.found:  # else it may not be Python
            for problem in disagreements(solutions[cell.exercise], cell.source):
                problems.add(cell.line, problem)


def _check_exercises(cells: list[Cell], problems: _Problems) -> None:
    lines = _lines_of_exercises(cells, problems)
    checked = _lines_of_checks(cells, problems)
    for cell in cells:
        if cell.role == "solution" and cell.exercise not in checked:
            problems.add(
                cell.line,
                f"the exercise {cell.exercise!r} is never graded; add a cell "
                f'`# %% checks="{cell.exercise}" points=N`',
            )
    for name in lines:
        reserved = checks_id(name)
        if reserved in lines:
            problems.add(
                lines[reserved],
                f"the name {reserved} is reserved for the checks of {name!r}; choose another",
            )


def _check_hints(cells: list[Cell], problems: _Problems) -> None:
    solutions = {cell.exercise for cell in cells if cell.role == "solution"}
    lines: dict[str, int] = {}
    for cell, below in zip_longest(cells, cells[1:]):
        if cell.role != "hints":
            continue
        name, count = cell.exercise, len(hints_of(cell))
        if name not in solutions:
            problems.add(cell.line, _no_exercise(name, solutions))
        elif below is None or (below.role, below.exercise) != ("solution", name):
            problems.add(
                cell.line,
                f"the hints of {name!r} stand directly above its cell "
                f'`# %% solution="{name}"`; move them there',
            )
        if not 1 <= count <= MOST_HINTS:
            problems.add(
                cell.line,
                f"{name!r} has {count or 'no'} hints; write one to {MOST_HINTS} paragraphs, with "
                "an empty comment line between them",
            )
        if name in lines:
            problems.add(
                cell.line,
                f"{name!r} has hints already in line {lines[name]}; put all of them into one cell",
            )
        lines.setdefault(name, cell.line)


def _no_exercise(name: str, there_are: Iterable[str]) -> str:
    return f"there is no exercise {name!r}; the lesson has {', '.join(sorted(there_are)) or 'none'}"


def _lines_of_exercises(cells: list[Cell], problems: _Problems) -> dict[str, int]:
    """Return exercise -> line of its answer, and report names that are used twice."""
    lines: dict[str, int] = {}
    for cell in cells:
        if cell.role not in ("solution", "written"):
            continue
        if cell.exercise in lines:
            problems.add(
                cell.line,
                f"the exercise {cell.exercise!r} exists already in line "
                f"{lines[cell.exercise]}; give this one another name",
            )
        lines.setdefault(cell.exercise, cell.line)
    return lines


def _lines_of_checks(cells: list[Cell], problems: _Problems) -> dict[str, int]:
    """Return exercise -> line of its checks, and report checks that are misplaced or repeated."""
    lines: dict[str, int] = {}
    solutions = {cell.exercise: cell.line for cell in reversed(cells) if cell.role == "solution"}
    for cell in cells:
        if cell.role != "checks":
            continue
        if cell.exercise not in solutions:
            problems.add(cell.line, _no_exercise(cell.exercise, solutions))
        elif cell.line < solutions[cell.exercise]:
            problems.add(
                cell.line, f"checks={cell.exercise!r} stands before its solution; move it below"
            )
        if cell.exercise in lines:
            problems.add(
                cell.line,
                f"{cell.exercise!r} has checks already in line {lines[cell.exercise]}; "
                "put all of them into one cell",
            )
        lines.setdefault(cell.exercise, cell.line)
    return lines
