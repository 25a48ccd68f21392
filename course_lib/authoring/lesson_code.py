"""The code that a lesson shows, for scripts that must run that very code.

Long trainings and experiments over seeds belong outside a notebook. They take the networks, losses
and training steps from the lesson's source, so that what is measured is what the learner reads.
"""

import ast
from pathlib import Path
from types import SimpleNamespace

from course_lib.authoring.build import find_root
from course_lib.authoring.source import read_lesson

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def definitions(lesson: str) -> SimpleNamespace:
    """Return what the cells of a lesson import and define, reference answers included.

    Taken are imports, functions, classes, and assignments to a NAME IN CAPITALS, from all code
    cells but those with checks. Nothing else of the lesson runs.

    Args:
        lesson: the name of the source in `solutions/` without its ending, such as `"03_gans"`.

    Raises:
        SourceError: the source cannot be read.
    """
    path = find_root(Path.cwd()) / "solutions" / f"{lesson}.py"
    cells = [c for c in read_lesson(path).cells if c.kind == "code" and c.word != "checks"]
    statements = [s for c in cells for s in ast.parse(c.source).body if _is_definition(s)]
    names: dict = {"__name__": lesson}
    exec(compile(ast.Module(statements, type_ignores=[]), str(path), "exec"), names)
    del names["__builtins__"]
    return SimpleNamespace(**names)


def _is_definition(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) and t.id.isupper() for t in statement.targets)
    return isinstance(statement, _DEFINITIONS)
