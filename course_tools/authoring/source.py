"""Reading a lesson's source: percent-format Python with three words in the cell headers.

    # %% solution="recall"                    the learner's cell
    # %% checks="recall" points=2             its graded tests
    # %% [markdown] written="why" points=3    a written answer, graded by a person

`read_lesson` is the door: it returns the cells or raises `SourceError` with every problem it found.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jupytext
from IPython.core.inputtransformer2 import TransformerManager

from course_lib.errors import CourseError
from course_tools.authoring.sealing import disagreements
from course_tools.grading.notebooks import NBGRADERS_RULES, checks_id

WORDS = ("solution", "checks", "written")
STEM = re.compile(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*")
EXERCISE = re.compile(r"[a-z][a-z0-9_-]*")
# A lesson's own spelling of nbgrader's marks.
SOLUTION_MARKS = tuple(f"### {mark}" for mark in NBGRADERS_RULES.solution)
HIDDEN_MARKS = tuple(f"### {mark}" for mark in NBGRADERS_RULES.hidden_tests)
_ANY_MARK = re.compile(r"(BEGIN|END) +(SOLUTION|HIDDEN TESTS)", re.IGNORECASE)
_NOTES_OF_JUPYTEXT = ("lines_to_next_cell",)


class SourceError(CourseError):
    """A lesson's source cannot be built; the message lists file, line and what to do."""


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson.

    Attributes:
        kind: `"markdown"` or `"code"`.
        source: its text, markers included.
        line: the line of its header in the file, counted from 1.
        word: `""` for an ordinary cell, or one of `WORDS`.
        exercise: the name that belongs to `word`.
        points: what `checks` or `written` is worth, otherwise 0.
    """

    kind: str
    source: str
    line: int
    word: str = ""
    exercise: str = ""
    points: int = 0


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
    cells = _cells(path, problems)
    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        problems.add(
            1, "a lesson starts with a markdown cell whose first line is `# Title`; add it"
        )
    for cell in cells:
        _check_markers(cell, problems)
        _check_syntax(cell, problems)
    _check_exercises(cells, problems)
    _check_titles(path.stem[:2], cells, problems)
    _check_seals(cells, problems)
    problems.raise_if_any()
    return Lesson(path.stem, tuple(cells))


def heading_above(cells: Sequence[Cell], position: int) -> int | None:
    """Return the position of the nearest markdown cell above that begins with a heading."""
    for index in reversed(range(position)):
        if cells[index].kind == "markdown" and cells[index].source.startswith("#"):
            return index
    return None


def title_and_lesson(cell: Cell) -> tuple[str, str]:
    """Return what a check cell tells `checks.exercise`: (title, lesson), "" for what it doesn't."""
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
    header = {k: v for k, v in raw["metadata"].items() if k not in _NOTES_OF_JUPYTEXT}
    points = header.pop("points", None)
    words = [word for word in WORDS if word in header]
    unknown = sorted(set(header) - set(words))
    if unknown or len(words) > 1 or raw["cell_type"] not in ("markdown", "code"):
        problems.add(
            line,
            'the header may hold one of solution="…", checks="…" points=N, or [markdown] '
            f'written="…" points=N; found {", ".join(unknown or words or [raw["cell_type"]])}',
        )
        words = words[:1]
    word = words[0] if words else ""
    exercise = str(header[word]) if word else ""
    if word and not EXERCISE.fullmatch(exercise):
        problems.add(line, f"{exercise!r} is no exercise name; use lower-case letters, digits, - _")
    if word == "written" and raw["cell_type"] != "markdown":
        problems.add(line, "a written answer is a markdown cell; write `# %% [markdown] written=…`")
    if word in ("solution", "checks") and raw["cell_type"] != "code":
        problems.add(line, f"{word}= belongs to a code cell; remove [markdown]")
    wants_points = word in ("checks", "written")
    if wants_points and (type(points) is not int or points < 1):
        problems.add(
            line, f"{word}={exercise!r} needs points=N, a whole number of 1 or more; add it"
        )
        points = 0
    if not wants_points and points is not None:
        problems.add(line, "points= belongs to a checks or written cell; remove it")
    return Cell(
        raw["cell_type"], raw["source"], line, word, exercise, points if wants_points else 0
    )


def _check_markers(cell: Cell, problems: _Problems) -> None:
    lines = cell.source.split("\n")
    for marks, words, advice in (
        (SOLUTION_MARKS, ("solution", "written"), "a solution= or written= cell"),
        (HIDDEN_MARKS, ("checks",), "a checks= cell"),
    ):
        open_since = None
        regions = 0
        for number, text in enumerate(lines, cell.line + 1):
            if text.strip() not in marks:
                continue
            if cell.word not in words:
                problems.add(number, f"`{text.strip()}` may only stand in {advice}; move it")
            if (text.strip() == marks[0]) == (open_since is not None):
                problems.add(
                    number,
                    f"`{text.strip()}` does not pair up; balance {marks[0]!r} and {marks[1]!r}",
                )
            regions += text.strip() == marks[0]
            open_since = number if text.strip() == marks[0] else None
        if open_since is not None:
            problems.add(open_since, f"`{marks[0]}` is never closed; add `{marks[1]}`")
        if marks is SOLUTION_MARKS and cell.word in words and not regions:
            problems.add(
                cell.line,
                f"{cell.word}={cell.exercise!r} has no answer between "
                f"`{marks[0]}` and `{marks[1]}`; add it",
            )
    for number, text in enumerate(lines, cell.line + 1):
        if _ANY_MARK.search(text) and text.strip() not in SOLUTION_MARKS + HIDDEN_MARKS:
            problems.add(
                number,
                f"`{text.strip()}` looks like a marker but is none; "
                "write it exactly, alone on its line",
            )


def _check_syntax(cell: Cell, problems: _Problems) -> None:
    if cell.kind != "code":
        return
    try:
        _parsed(cell)
    except SyntaxError as error:
        problems.add(cell.line + (error.lineno or 1), f"not valid Python ({error.msg}); mend it")


def _parsed(cell: Cell) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))


def _text(argument: ast.expr | None) -> str:
    """Return a plain text as it is, and any other expression as it is written."""
    if argument is None:
        return ""
    return str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)


def _check_titles(number: str, cells: list[Cell], problems: _Problems) -> None:
    """Where a check names its lesson, a learner's progress is told by it and by its title."""
    used: dict[str, int] = {}
    for position, cell in enumerate(cells):
        try:
            title, lesson = title_and_lesson(cell) if cell.word == "checks" else ("", "")
        except SyntaxError:  # has been reported
            continue
        if not lesson:
            continue
        if lesson != number:
            problems.add(
                cell.line, f"lesson={lesson!r} is not this file's; write lesson={number!r}"
            )
        if title in used:
            problems.add(
                cell.line,
                f"the title {title!r} stands in line {used[title]} already; choose another",
            )
        used.setdefault(title, cell.line)
        heading = heading_above(cells, position)
        words = cells[heading].source.split("\n")[0] if heading is not None else title
        if not title or not re.search(rf"(?<!\w){re.escape(title)}(?!\w)", words, re.IGNORECASE):
            problems.add(
                cell.line, f"the title {title!r} is not in the heading above, {words!r}; repeat it"
            )


def _check_seals(cells: list[Cell], problems: _Problems) -> None:
    solutions = {cell.exercise: cell.source for cell in cells if cell.word == "solution"}
    for cell in cells:
        if cell.word == "checks" and not problems.found:  # else it may not be Python
            for problem in disagreements(solutions[cell.exercise], cell.source):
                problems.add(cell.line, problem)


def _check_exercises(cells: list[Cell], problems: _Problems) -> None:
    names: dict[str, int] = {}
    checked: dict[str, int] = {}
    solutions = {cell.exercise for cell in cells if cell.word == "solution"}
    for cell in cells:
        if cell.word in ("solution", "written"):
            if cell.exercise in names:
                problems.add(
                    cell.line,
                    f"the exercise {cell.exercise!r} exists already in line "
                    f"{names[cell.exercise]}; give it another name",
                )
            names.setdefault(cell.exercise, cell.line)
        if cell.word == "checks":
            if cell.exercise not in solutions:
                problems.add(
                    cell.line,
                    f"there is no exercise {cell.exercise!r}; the lesson has "
                    f"{', '.join(sorted(solutions)) or 'none'}",
                )
            elif cell.exercise not in names:
                problems.add(
                    cell.line, f"checks={cell.exercise!r} stands before its solution; move it below"
                )
            if cell.exercise in checked:
                problems.add(
                    cell.line,
                    f"{cell.exercise!r} has checks already in line "
                    f"{checked[cell.exercise]}; put all into one cell",
                )
            checked.setdefault(cell.exercise, cell.line)
    for cell in cells:
        if cell.word == "solution" and cell.exercise not in checked:
            problems.add(
                cell.line,
                f"the exercise {cell.exercise!r} is never graded; add a cell "
                f'`# %% checks="{cell.exercise}" points=N`',
            )
    for name in names:
        kept = checks_id(name)
        if kept in names:
            problems.add(
                names[kept],
                f"the name {kept} is kept for the checks of {name!r}; choose another",
            )
