"""Which modules Python code imports, as its text says; nothing is run."""

import ast
import functools
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from course_tools.grading.notebooks.reading import UNPARSABLE, python_within


@functools.lru_cache(maxsize=1024)  # a proof asks the same of a module for hundreds of answers
def imported_modules(source: str) -> frozenset[str]:
    """Return the modules that a file or a cell imports, whether or not it uses IPython's syntax.

    `from course_lib import data` counts as `course_lib.data`. Text that can't be parsed imports
    nothing.
    """
    tree = _parsed(source)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "course_lib":
            found |= {f"course_lib.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return frozenset(found)


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except UNPARSABLE:
        pass  # most likely a cell with a magic command
    try:
        return ast.parse(python_within(source)[0])
    except UNPARSABLE:
        return ast.Module([], [])


def course_files(sources: Iterable[str]) -> dict[str, Path]:
    """Return the course's own modules that some code imports, and those that these import.

    Returns:
        module -> file, by name.
    """
    files: dict[str, Path] = {}
    waiting = {module for source in sources for module in imported_modules(source)}
    while waiting:
        module = waiting.pop()
        if module in files or not module.startswith("course_lib."):
            continue
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin:
            files[module] = Path(spec.origin)
            waiting |= imported_modules(files[module].read_text(encoding="utf-8"))
    return dict(sorted(files.items()))
