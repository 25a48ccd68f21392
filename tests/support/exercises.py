"""Running an exercise's check cell on an answer, in this process.

This is for the tests of the checks themselves: quick, and without any protection. Marks come from
`course_tools.grading`.
"""

import ast
import contextlib
import io
from pathlib import Path

from checkout import ROOT

from course_tools.authoring import Lesson, read_lesson
from course_tools.authoring.lesson_code import definitions, imports

ANSWERS = ROOT / "answers"


def sample_answers(kind: str) -> list[tuple[str, str, Path]]:
    """Return (lesson, exercise, file) of all answers of a kind: "right" or "wrong"."""
    return [
        (path.parts[-3], path.parts[-2], path) for path in sorted(ANSWERS.glob(f"*/*/{kind}_*.py"))
    ]


def lesson_source(name: str) -> Lesson:
    return read_lesson(ROOT / "solutions" / f"{name}.py")


def run_checks(lesson_name: str, exercise: str, answer: str) -> str:
    """Run the answer, then the checks with their hidden part; return what the checks printed.

    The answer finds the names that the lesson imports, and nothing else of the lesson; the checks
    also find the lesson's own functions that they call.

    Raises:
        CheckFailed: the checks refused the answer.
    """
    lesson = lesson_source(lesson_name)
    checks = next(c.source for c in lesson.cells if (c.role, c.exercise) == ("checks", exercise))
    names = vars(imports(lesson_name)) | _helpers(lesson, checks) | {"__name__": "answer"}
    exec(compile(answer, f"<ipython-input-{exercise}>", "exec"), names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(checks, "<ipython-input-checks>", "exec"), names)
    return printed.getvalue()


def _helpers(lesson: Lesson, checks: str) -> dict[str, object]:
    """Return the functions that checks call and that a cell of the lesson, no answer, defines."""
    called = {node.id for node in ast.walk(ast.parse(checks)) if isinstance(node, ast.Name)}
    defined = {
        statement.name
        for cell in lesson.cells
        if cell.kind == "code" and not cell.role
        for statement in ast.parse(cell.source).body
        if isinstance(statement, ast.FunctionDef)
    }
    wanted = called & defined
    return (
        {n: v for n, v in vars(definitions(lesson.name)).items() if n in wanted} if wanted else {}
    )
