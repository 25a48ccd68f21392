"""The code that a lesson shows, for scripts that must run that very code.

Long trainings and experiments over seeds belong outside a notebook. They take the networks, losses
and training steps from the lesson's source, so that what is measured is what the learner reads.
"""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

from course_lib.errors import CourseError
from course_tools.authoring.building import find_root
from course_tools.authoring.source import read_lesson
from course_tools.grading.notebooks import without_docstrings

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def definitions(lesson: str) -> SimpleNamespace:
    """Return what the cells of a lesson import and define, reference answers included.

    That is imports, functions, classes, and assignments to a NAME_IN_CAPITALS, from all code cells
    except those with checks. Nothing else in the lesson runs.

    Args:
        lesson: the name of the source in `solutions/` without its ending, such as `"03_gans"`.

    Raises:
        SourceError: the source cannot be read.
    """
    return _run(lesson, _statements(lesson))


def imports(lesson: str) -> SimpleNamespace:
    """Return what the cells of a lesson import, which is all that an answer can start from.

    Raises:
        SourceError: the source cannot be read.
    """
    statements = _statements(lesson)
    return _run(lesson, [s for s in statements if isinstance(s, ast.Import | ast.ImportFrom)])


def _run(lesson: str, statements: list[ast.stmt]) -> SimpleNamespace:
    names: dict = {"__name__": lesson}
    module = ast.Module(statements, type_ignores=[])
    exec(compile(module, f"solutions/{lesson}.py", "exec"), names)
    # `exec` has put `__builtins__` into the functions' globals, where they need it.
    return SimpleNamespace(**{k: v for k, v in names.items() if k != "__builtins__"})


def fingerprint(lesson: str, names: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that change when the code of `names` in a lesson changes.

    Comments, docstrings and layout don't count. It is kept beside results that were computed with
    the lesson's code, so that a test can tell when they are out of date.

    Raises:
        CourseError: the lesson defines no such function or class.
    """
    found = {
        s.name: s for s in _statements(lesson) if isinstance(s, ast.FunctionDef | ast.ClassDef)
    }
    missing = sorted(set(names) - set(found))
    if missing:
        raise CourseError(f"{lesson} defines no {', '.join(missing)}.")
    code = "\n".join(ast.unparse(without_docstrings(found[name])) for name in sorted(names))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def _statements(lesson: str) -> list[ast.stmt]:
    path = find_root(Path.cwd()) / "solutions" / f"{lesson}.py"
    cells = [c for c in read_lesson(path).cells if c.kind == "code" and c.role != "checks"]
    return [s for c in cells for s in ast.parse(c.source).body if _is_definition(s)]


def _is_definition(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) and t.id.isupper() for t in statement.targets)
    return isinstance(statement, _DEFINITIONS)
