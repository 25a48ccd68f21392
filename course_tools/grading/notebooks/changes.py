"""What code changes besides the names that it binds, as its syntax tree shows.

Code *changes* a name by assigning to its attributes or items, by a method call that stands as a
statement (`model.compile(…)`) or is known to change its object (`history = model.fit(…)`), by
handing it to a function in a statement (`freeze(model)`, but not `print(model)` or a plot), or
through another name for a part of it (`for layer in model.layers: layer.trainable = False`).
"""

import ast
from collections import defaultdict

from course_tools.grading.notebooks.reading import (
    PYTHON_MAGICS,
)

# What binds names that don't appear as its targets.
_OPAQUE_CALLS = {"exec", "eval", "globals", "locals", "vars", "setattr", "delattr"}
_OPAQUE_METHODS = {"run_cell", "run_code", "ex", "push", "setattr"}
_BINDS_ANYTHING = {"pylab", "run"}
# Methods that change their object also where their result is used.
_CHANGING_METHODS = {
    *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "put"),
    *("remove", "resize", "reverse", "setdefault", "shuffle", "sort", "update", "fill"),
    *("adapt", "build", "compile", "fit", "fit_transform", "load_weights", "partial_fit"),
    *("set_weights", "train", "train_on_batch"),
}
# Functions that only show what they are given, and modules full of those.
_SHOWING_CALLS = {"print", "display", "pprint", "len", "type", "repr", "help", "isinstance"}
_VIEWS = {"enumerate", "zip", "reversed", "list", "tuple", "iter", "next", "sorted", "filter"}


class Changes(ast.NodeVisitor):
    """Collects what code changes besides the names that it binds; stops at functions.

    Attributes:
        assigned_parts: x in `x.a = …`, `x[i] = …`, `del x[i]`.
        changed: x in `x.change()`.
        handed_over: (f, x) of `f(x)`.
        calls: the functions that are called by name.
        functions: the functions that are defined, not visited themselves.
        aliases: y -> {x} for `y = x.part`, names of the same object or a part of it.
        opaque: whether the code may bind any name that its text mentions.
        binds_anything: whether it may bind any name at all.
    """

    def __init__(self) -> None:
        self.assigned_parts: set[str] = set()
        self.changed: set[str] = set()
        self.handed_over: set[tuple[str, str]] = set()
        self.calls: set[str] = set()
        self.functions: list[ast.AST] = []
        self.aliases: dict[str, set[str]] = defaultdict(set)
        self.opaque = False
        self.binds_anything = False

    def forget(self, own: set[str], declared: set[str]) -> None:
        """Leave out what belongs to a function alone; add what it declares `global`."""
        self.changed = self.with_aliased(self.changed | self.assigned_parts) - own
        self.assigned_parts = (self.assigned_parts - own) | declared
        self.handed_over = {
            (function, whole)
            for function, given in self.handed_over
            for whole in self.with_aliased({given}) - own
        }

    def with_aliased(self, names: set[str]) -> set[str]:
        """Return names, and the names of what they are an alias for, or of a part of it."""
        return names.union(*(self.aliases.get(name, ()) for name in names))

    def _visit_function(self, node: ast.AST) -> None:
        self.functions.append(node)
        for decorator in getattr(node, "decorator_list", ()):
            self.calls.update(filter(None, [root_of(decorator)]))
            self.visit(decorator)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def _visit_part(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load) and (root := root_of(node)):
            self.assigned_parts.add(root)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _visit_part

    def visit_Expr(self, node: ast.Expr) -> None:  # noqa: D102
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call):
            function = root_of(call.func) or ""
            if isinstance(call.func, ast.Attribute) and function:
                self.changed.add(function)
            if function not in _SHOWING_CALLS:
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                self.handed_over |= {(function, root) for each in given if (root := root_of(each))}
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:  # noqa: D102
        root = root_of(node.func)
        if isinstance(node.func, ast.Name):
            self.calls.add(node.func.id)
        if isinstance(node.func, ast.Attribute):
            if root and node.func.attr in _CHANGING_METHODS:
                self.changed.add(root)
            self._note_magic(node.func.attr, node.args)
        elif root in _OPAQUE_CALLS:
            self.opaque = True
        self.generic_visit(node)

    def _note_magic(self, method: str, arguments: list[ast.expr]) -> None:
        self.opaque |= method in _OPAQUE_METHODS
        first = arguments[0] if arguments else None
        if method == "run_line_magic" and isinstance(first, ast.Constant):
            self.binds_anything |= first.value in _BINDS_ANYTHING
            self.opaque |= first.value in PYTHON_MAGICS

    def _visit_binding(self, node: ast.AST, targets: list[ast.expr], value: ast.expr) -> None:
        aliased = _aliased_by(value)
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self.aliases[name.id] |= aliased
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:  # noqa: D102
        self._visit_binding(node, node.targets, node.value)

    def visit_For(self, node: ast.For) -> None:  # noqa: D102
        self._visit_binding(node, [node.target], node.iter)

    def visit_comprehension(self, node: ast.comprehension) -> None:  # noqa: D102
        self._visit_binding(node, [node.target], node.iter)

    def visit_With(self, node: ast.With) -> None:  # noqa: D102
        for item in node.items:
            if item.optional_vars is not None:
                self._visit_binding(item, [item.optional_vars], item.context_expr)
        self.generic_visit(node)


def root_of(node: ast.AST) -> str | None:
    """Return `x` for `x`, `x.a`, `x[0].b` and `x.f().c`, otherwise None."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def _aliased_by(value: ast.expr) -> set[str]:
    """Return the names of objects that `value` may be, or be a part of."""
    if isinstance(value, ast.Tuple | ast.List):
        return set().union(*map(_aliased_by, value.elts))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _VIEWS:
        return set().union(*map(_aliased_by, value.args))
    root = root_of(value)
    return {root} if root else set()
