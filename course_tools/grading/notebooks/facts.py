"""What the instructor's notebook says about a question: imports, classes, changed arguments."""

import ast

from nbformat import NotebookNode

from course_tools.grading.notebooks.cells import (
    is_answer,
    is_test,
    position_of,
)
from course_tools.grading.notebooks.changes import Changes, root_of
from course_tools.grading.notebooks.effects import effects_of
from course_tools.grading.notebooks.reading import (
    UNPARSABLE,
    python_within,
)
from course_tools.grading.notebooks.slice import answers_of

_COPYING_METHODS = {"astype", "copy", "deepcopy", "tolist"}


def trusted_imports(source: NotebookNode, checks_id: str) -> dict[str, str]:
    """Return the imports of the instructor's cells before a test cell.

    Args:
        source: the instructor's notebook, whose answer cells hold the instructor's answers.
        checks_id: the `grade_id` of the test cell.

    Returns:
        name -> the statement that imports it, without names that an answer or another statement
        binds after the import.
    """
    found: dict[str, str] = {}
    for cell in source.cells[: position_of(source, checks_id)]:
        if cell.cell_type == "code" and not is_test(cell):
            effects = effects_of(cell.source)
            for name in effects.binds:
                found.pop(name, None)
            if not is_answer(cell):
                found |= effects.import_statements
    return found


def wanted_classes(source: NotebookNode) -> frozenset[str]:
    """Return the names of the classes that an instructor's notebook defines in any cell."""
    sources = [cell.source for cell in source.cells if cell.cell_type == "code"]
    return frozenset().union(*(effects_of(each).classes for each in sources))


def changes_its_arguments(source: NotebookNode, checks_id: str) -> bool:
    """Tell whether the instructor's answer to a test cell changes arguments that it is given."""
    answers = answers_of(source, position_of(source, checks_id))
    return any(_changes_arguments(source.cells[index].source) for index in answers)


def _changes_arguments(code: str) -> bool:
    try:
        tree = _WithoutCopies().visit(ast.parse(python_within(code)[0]))
        return any(_changes_own_arguments(node) for node in ast.walk(tree))
    except UNPARSABLE:
        return True


class _WithoutCopies(ast.NodeTransformer):
    """Takes out `x.copy()`, which is not part of x."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        copies = isinstance(node.func, ast.Attribute) and node.func.attr in _COPYING_METHODS
        return ast.copy_location(ast.Constant(None), node) if copies else node


def _changes_own_arguments(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    arguments = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    inner = Changes()
    for child in ast.iter_child_nodes(node):
        inner.visit(child)
    changed = inner.assigned_parts | inner.changed | {given for _, given in inner.handed_over}
    for each in ast.walk(node):
        if isinstance(each, ast.AugAssign) and (root := root_of(each.target)):
            changed.add(root)
    return not arguments.isdisjoint(inner.with_aliased(changed))
