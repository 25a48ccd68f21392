"""What Python code in a cell is: whether it is complete, and which names its statements bind."""

import ast
import warnings
from collections.abc import Iterator

from course_tools.grading.notebooks.reading import (
    UNPARSABLE,
    python_of,
)

_MAX_CODE = 40_000  # characters; longer cells are taken as they are, since parsing takes its time


def tree_of(text: str) -> ast.Module | None:
    """Return a cell's syntax tree with IPython's own syntax taken care of, or None."""
    if len(text) > _MAX_CODE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(python_of(text))
    except UNPARSABLE:
        return None


def stands_alone(text: str) -> bool:
    """Tell whether code is complete by itself; IPython would accept an indented rest."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return not first.startswith((" ", "\t")) and tree_of(text) is not None


def bound_names(text: str) -> set[str]:
    """Return the names that code binds at its top level; none when it can't be parsed."""
    tree = tree_of(text)
    return set() if tree is None else {n for each in tree.body for n in binds(each)}


def binds(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a top-level statement binds where it stands."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield (alias.asname or alias.name).partition(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
