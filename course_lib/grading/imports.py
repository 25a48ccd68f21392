"""Which modules Python code imports, read off its text; nothing is run."""

import ast
import functools
import importlib.util
from collections.abc import Iterable
from pathlib import Path


@functools.lru_cache(maxsize=1024)  # a proof asks the same of a module for hundreds of answers
def imported_modules(source: str) -> frozenset[str]:
    """Return the modules that some code imports; text that is no plain Python imports none.

    `from course_lib import data` counts as `course_lib.data`.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "course_lib":
            found |= {f"course_lib.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return frozenset(found)


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
