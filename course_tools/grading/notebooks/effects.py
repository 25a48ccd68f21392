"""What running a cell reads, binds and changes among a notebook's own names.

- A star import, `%pylab` and `%run` may bind anything. A cell that uses `exec`, `globals()` and
  their like, or a cell magic, or that is longer than 40,000 characters, may bind every name that
  its text mentions.
- A cell with a syntax error binds nothing.
"""

import ast
import copy
import dis
import inspect
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

from course_tools.grading.notebooks.changes import Changes
from course_tools.grading.notebooks.reading import (
    UNPARSABLE,
    python_within,
)

_LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
_STORES = {"STORE_NAME", "STORE_GLOBAL"}
_DELETES = {"DELETE_NAME", "DELETE_GLOBAL"}
_IMPLICIT = {"__name__", "__qualname__", "__module__", "__annotations__", "__file__", "__doc__"}
_RUN_AT_ONCE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
MAX_CODE = 40_000  # characters; longer cells are searched as text, since parsing takes its time


@dataclass
class Effects:
    """What running a cell reads, binds and changes among the notebook's own names."""

    text: str = ""
    reads: set[str] = field(default_factory=set)  # needed when the cell starts
    reads_later: set[str] = field(default_factory=set)  # looked up when its functions are called
    binds: set[str] = field(default_factory=set)
    always_bound: set[str] = field(default_factory=set)  # bound on every way through the cell
    only_defined: set[str] = field(default_factory=set)  # bound by def, class or import only
    imports: dict[str, str] = field(default_factory=dict)  # name -> what is imported
    import_statements: dict[str, str] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)  # defined at the top level
    assigned_parts: set[str] = field(default_factory=set)  # x in x.a = …, x[i] = …, del x[i]
    changed: set[str] = field(default_factory=set)  # x in x.change()
    handed_over: set[tuple[str, str]] = field(default_factory=set)  # (f, x) of f(x)
    calls: set[str] = field(default_factory=set)
    functions: "list[tuple[str, Changes]]" = field(default_factory=list)  # what a call changes
    aliases: dict[str, set[str]] = field(default_factory=dict)  # y -> {x} for y = x.part
    binds_anything: bool = False
    opaque: bool = False

    def may_bind(self, name: str) -> bool:
        """Tell whether the cell may bind a name in a way that analysis doesn't see."""
        mentioned = self.opaque and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)
        return self.binds_anything or bool(mentioned)


@lru_cache(maxsize=2000)
def effects_of(source: str, longest: int = MAX_CODE) -> Effects:
    """Return the effects of a cell, which are shared and must not be changed.

    A cell of more than `longest` characters is searched as text.
    """
    effects = Effects(text=source)
    if len(source) > longest:
        return Effects(text=source, opaque=True, reads=_words(source))
    body, opaque = python_within(source)
    effects.opaque = opaque
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a learner's `"\d"` is not for us to warn about
            tree = ast.parse(body)
            _compile(tree)
            _add_names(tree.body, effects, effects.always_bound)
            effects.always_bound -= effects.reads
            _add_changes(tree, effects)
        if effects.opaque:
            effects.reads |= _words(source)
    except UNPARSABLE:
        # Nothing is defined by a cell that can't be compiled.
        return Effects(text=source, opaque=opaque)
    return effects


def _words(source: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", source))


def _compile(tree: ast.Module) -> CodeType:
    return compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _add_names(statements: list[ast.stmt], effects: Effects, bound: set[str]) -> None:
    """Add what statements read and bind; `bound` holds what is bound before, and grows by them."""
    for statement in statements:
        if isinstance(statement, ast.Break | ast.Continue):
            continue
        head, branches = _head_and_branches(statement)
        reads: set[str] = set()
        later: set[str] = set()
        binds: set[str] = set()
        _scan(_compile(ast.Module([head], [])), reads, later, binds)
        effects.reads |= reads - bound
        effects.reads_later |= later
        effects.binds |= binds
        _note_definitions(statement, binds, effects)
        for branch in branches:
            _add_names(branch, effects, bound | binds)
        if isinstance(statement, ast.With | ast.AsyncWith):
            bound |= binds
            _add_names(statement.body, effects, bound)
        elif not branches:
            bound |= binds


def _head_and_branches(statement: ast.stmt) -> tuple[ast.stmt, list[list[ast.stmt]]]:
    """Return a compound statement without its blocks, and the blocks that may or may not run."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        return _without_blocks(statement), []
    if not isinstance(statement, _COMPOUND):
        return statement, []
    owners = [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
    branches = [
        block
        for owner in owners
        for name in ("body", "orelse", "finalbody")
        if (block := getattr(owner, name, []))
    ]
    return _without_blocks(statement), branches


def _without_blocks(node: ast.AST) -> Any:
    bare = copy.copy(node)
    if hasattr(bare, "body"):
        bare.body = [ast.Pass(lineno=1, col_offset=0)]
    for name in ("handlers", "cases"):
        if hasattr(bare, name):
            setattr(bare, name, [_without_blocks(each) for each in getattr(bare, name)])
    return bare


def _note_definitions(statement: ast.stmt, binds: set[str], effects: Effects) -> None:
    """Note which names hold nothing but a function, class or module."""
    definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    effects.only_defined -= binds
    for name in binds:
        effects.imports.pop(name, None)
        effects.import_statements.pop(name, None)
    if isinstance(statement, definition):
        effects.only_defined |= binds
    if isinstance(statement, ast.ClassDef):
        effects.classes |= binds
    if isinstance(statement, ast.Import | ast.ImportFrom):
        _add_imports(statement, effects)


def _add_imports(statement: ast.Import | ast.ImportFrom, effects: Effects) -> None:
    module = "." * getattr(statement, "level", 0) + (getattr(statement, "module", "") or "")
    for alias in statement.names:
        if alias.name == "*":
            effects.binds_anything = True
            continue
        if isinstance(statement, ast.ImportFrom):
            name, origin = alias.asname or alias.name, f"{module}.{alias.name}"
        else:
            name, origin = alias.asname or alias.name.partition(".")[0], alias.name
        effects.imports[name] = origin
        alone = copy.copy(statement)
        alone.names = [alias]
        effects.import_statements[name] = ast.unparse(alone)


def _scan(code: CodeType, reads: set[str], later: set[str], binds: set[str]) -> None:
    """Sort the names in code that runs at once: a statement, a class body, a comprehension."""
    own: set[str] = set()  # what a class body stores belongs to the class
    for step in dis.get_instructions(code):
        name = step.argval
        if step.opname in _LOADS:
            if name not in own | binds | _IMPLICIT:
                reads.add(name)
        elif step.opname in ("STORE_NAME", "DELETE_NAME") and _is_class(code):
            own.add(name)
        elif step.opname in _STORES | _DELETES:
            if step.opname in _DELETES and name not in binds:
                reads.add(name)
            binds.add(name)
        elif isinstance(name, CodeType):
            if name.co_name in _RUN_AT_ONCE or _is_class(name):
                _scan(name, reads, later, binds)
            else:
                later |= _globals_of(name, _LOADS)
                binds |= _globals_of(name, {"STORE_GLOBAL", "DELETE_GLOBAL"})


def _is_class(code: CodeType) -> bool:
    return not code.co_flags & inspect.CO_OPTIMIZED and code.co_name != "<module>"


def _globals_of(code: CodeType, operations: set[str]) -> set[str]:
    """Return the global names that a function, with what is inside it, loads (or stores)."""
    steps = list(dis.get_instructions(code))
    found = {step.argval for step in steps if step.opname in operations} - _IMPLICIT
    if _is_class(code):
        found -= {step.argval for step in steps if step.opname == "STORE_NAME"}
    inner = [_globals_of(each, operations) for each in code.co_consts if isinstance(each, CodeType)]
    return found.union(*inner)


def _add_changes(tree: ast.Module, effects: Effects) -> None:
    """Add calls, changes, and names for parts of objects, at the top level and in functions."""
    top = Changes()
    top.visit(tree)
    effects.assigned_parts, effects.changed = top.assigned_parts, top.changed
    effects.handed_over, effects.calls = top.handed_over, top.calls
    effects.aliases = top.aliases
    found = [top]
    waiting = [(getattr(function, "name", ""), function) for function in top.functions]
    while waiting:
        name, function = waiting.pop()
        inner = Changes()
        for node in ast.iter_child_nodes(function):
            inner.visit(node)
        inner.forget(_locals_of(function), _declared(function))
        effects.functions.append((name, inner))
        found.append(inner)
        # A function inside a function counts as run by it.
        waiting += [(name, nested) for nested in inner.functions]
    effects.opaque = effects.opaque or any(changes.opaque for changes in found)
    effects.binds_anything = effects.binds_anything or top.binds_anything


def _declared(function: ast.AST) -> set[str]:
    return {n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names}


def _locals_of(function: Any) -> set[str]:
    names = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    names |= {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names - _declared(function)
