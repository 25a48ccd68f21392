"""What remains of code when everything is taken away that can't change what it does."""

import ast
import functools

from course_tools.grading.notebooks.reading import UNPARSABLE

_WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@functools.lru_cache(maxsize=4096)  # a proof asks the same of a cell for hundreds of answers
def code_alone(text: str) -> str:
    """Return Python code without comments, docstrings and layout.

    Text that can't be parsed, such as a cell with a magic command, is returned as it is.
    """
    try:
        return ast.unparse(without_docstrings(ast.parse(text)))
    except UNPARSABLE:
        return text


def without_docstrings(tree: ast.AST) -> ast.AST:
    """Take the docstrings out of a syntax tree, and return it."""
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
