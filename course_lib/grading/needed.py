"""Which cells to run before a test cell: a backward slice of the notebook by names.

`needed_cells` starts from the answer that a test cell belongs to and from the names that the test
cell uses, and walks back to every earlier cell that binds or changes one of them, and from there to
what those cells need. The unit is the cell. In doubt a cell comes in: an extra cell costs time, a
missing one costs a learner points. The rules that aren't plain reading and writing of names:

- A name that a function looks up when it is called may be bound by any cell before the test cell.
- A cell *changes* a name by assigning to its attributes or items, by a method call that stands as a
  statement (`model.compile(…)`) or is known to change its object (`history = model.fit(…)`), by
  handing it to a function in a statement (`freeze(model)`, but not `print(model)` or a plot), or
  through another name for a part of it (`for layer in model.layers: layer.trainable = False`).
- Functions, classes and imported modules change only by assignment to their attributes. So calls on
  modules (`np.random.seed(0)`, `keras.utils.set_random_seed(0)`, `plt.style.use(…)`) bring no cell
  in; they run when their cell is needed for another reason.
- A star import, `%pylab` and `%run` may bind anything. A cell that uses `exec`, `globals()` and
  their like, or a cell magic, or that is longer than 40,000 characters, may bind every name that
  its text mentions.
- A cell with a syntax error binds nothing and is left out, unless it is the answer itself.

Test cells never run before another test cell, so a name that only they bind is bound by nobody.
"""

import ast
import builtins
import copy
import dis
import inspect
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import CodeType

from nbformat import NotebookNode

from course_lib.grading.cells import (
    grade_id,
    is_answer,
    is_test,
    position_of,
    question_of,
)
from course_lib.grading.reading import PYTHON_MAGICS, UNPARSABLE, python_within

_LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
_STORES = {"STORE_NAME", "STORE_GLOBAL"}
_DELETES = {"DELETE_NAME", "DELETE_GLOBAL"}
_IMPLICIT = {"__name__", "__qualname__", "__module__", "__annotations__", "__file__", "__doc__"}
_RUN_AT_ONCE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
_MAX_CODE = 40_000  # characters; longer cells are searched as text, since parsing takes its time
_MAX_ALL_CODE = 500_000  # characters of a notebook; beyond that the limit for a cell is the next
_MAX_CODE_OF_MANY = 2_000
# What binds names without saying so.
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
_COPYING_METHODS = {"astype", "copy", "deepcopy", "tolist"}
# Functions that only show what they are given, and modules full of those.
_SHOWING_CALLS = {"print", "display", "pprint", "len", "type", "repr", "help", "isinstance"}
_SHOWING_MODULES = ("matplotlib", "seaborn", "course_lib.plots", "course_lib.checks", "pprint")
_VIEWS = {"enumerate", "zip", "reversed", "list", "tuple", "iter", "next", "sorted", "filter"}


def needed_cells(notebook: NotebookNode, checks_id: str) -> list[int]:
    """Return the indices, ascending, of the code cells to run before a test cell.

    Args:
        notebook: a restored notebook; nbgrader's metadata tells answers from tests.
        checks_id: the `grade_id` of the test cell.

    Raises:
        CourseError: no cell has this id.
    """
    end = position_of(notebook, checks_id)
    codes = {
        index: cell.source
        for index, cell in enumerate(notebook.cells[:end])
        if cell.cell_type == "code" and not is_test(cell)
    }
    longest = _MAX_CODE if sum(map(len, codes.values())) <= _MAX_ALL_CODE else _MAX_CODE_OF_MANY
    # `_effects` is cached, and the slice writes into its copies.
    candidates = {i: replace(_effects(source, longest)) for i, source in codes.items()}
    answers = [index for index in _answers_of(notebook, end) if index in candidates]
    return _Slice(candidates, end).of(answers, _effects(notebook.cells[end].source))


def trusted_imports(source: NotebookNode, checks_id: str) -> dict[str, str]:
    """Return what the names stand for that the instructor's cells import before a test cell.

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
            effects = _effects(cell.source)
            for name in effects.binds:
                found.pop(name, None)
            if not is_answer(cell):
                found |= effects.import_statements
    return found


def wanted_classes(source: NotebookNode) -> frozenset[str]:
    """Return the names of the classes that an instructor's notebook defines in any cell."""
    sources = [cell.source for cell in source.cells if cell.cell_type == "code"]
    return frozenset().union(*(_effects(each).classes for each in sources))


def changes_its_arguments(source: NotebookNode, checks_id: str) -> bool:
    """Tell whether the instructor's answer to a test cell changes arguments that it is given."""
    answers = _answers_of(source, position_of(source, checks_id))
    return any(_changes_arguments(source.cells[index].source) for index in answers)


def _changes_arguments(code: str) -> bool:
    try:
        tree = _WithoutCopies().visit(ast.parse(python_within(code)[0]))
        return any(_changes_own_arguments(node) for node in ast.walk(tree))
    except UNPARSABLE:
        return True


class _WithoutCopies(ast.NodeTransformer):
    """Takes out `x.copy()`, which is no part of x."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        copies = isinstance(node.func, ast.Attribute) and node.func.attr in _COPYING_METHODS
        return ast.copy_location(ast.Constant(None), node) if copies else node


def _changes_own_arguments(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    arguments = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    inner = _Changes()
    for child in ast.iter_child_nodes(node):
        inner.visit(child)
    changed = inner.assigned_parts | inner.changed | {given for _, given in inner.handed_over}
    for each in ast.walk(node):
        if isinstance(each, ast.AugAssign) and (root := _root(each.target)):
            changed.add(root)
    return not arguments.isdisjoint(inner._wholes_of(changed))


def _answers_of(notebook: NotebookNode, end: int) -> list[int]:
    """Return the answers to a test: the cell of its name, or those since the previous test."""
    name = question_of(grade_id(notebook.cells[end]))
    above = [index for index in range(end) if is_answer(notebook.cells[index])]
    named = [index for index in above if grade_id(notebook.cells[index]) == name]
    previous = max((i for i in range(end) if is_test(notebook.cells[i])), default=-1)
    return named or [index for index in above if index > previous]


class _Slice:
    """The search itself, over the effects of the cells before position `end`."""

    def __init__(self, cells: "dict[int, _Effects]", end: int):
        self.cells = cells
        self.end = end
        self.parts_of: dict[str, set[str]] = defaultdict(set)
        self.plain: dict[str, bool] = {}  # name -> bound by nothing but def, class and import
        self.origins: dict[str, set[str]] = defaultdict(set)
        for cell in cells.values():
            for name, wholes in cell.parts_of.items():
                self.parts_of[name] |= wholes
            for name in cell.binds:
                self.plain[name] = self.plain.get(name, True) and name in cell.plain
            for name, origin in cell.imports.items():
                self.origins[name].add(origin)
        self._add_what_calls_change()

    def _add_what_calls_change(self) -> None:
        """Add to each cell what the functions of the notebook change that it calls."""
        functions: dict[str, list[_Changes]] = defaultdict(list)
        for cell in self.cells.values():
            for name, changes in cell.functions:
                functions[name].append(changes)
        for cell in self.cells.values():
            waiting, known = list(cell.calls), set()
            while waiting:
                name = waiting.pop()
                for changes in functions.get(name, ()) if name not in known else ():
                    cell.assigned_parts = cell.assigned_parts | changes.assigned_parts
                    cell.changed = cell.changed | changes.changed
                    cell.handed_over = cell.handed_over | changes.handed_over
                    waiting += changes.calls
                known.add(name)

    def of(self, answers: list[int], test: "_Effects") -> list[int]:
        """Return the indices of the cells that the answers and the test need, and the answers."""
        chosen: set[int] = set()
        used = test.reads | (test.later - test.binds)
        known = {name for name in used if not hasattr(builtins, name)}
        wanted = [(name, self.end, name in test.later) for name in known]
        waiting, seen = list(answers), set(wanted)
        while waiting or wanted:
            while waiting:
                index = waiting.pop()
                if index in chosen:
                    continue
                chosen.add(index)
                cell = self.cells[index]
                needs = [(name, index, False) for name in cell.reads]
                needs += [(name, self.end, True) for name in cell.later]
                wanted += [need for need in needs if need not in seen]
                seen.update(needs)
            if wanted:
                waiting += self._providers(*wanted.pop())
        return sorted(chosen)

    def _providers(self, name: str, before: int, any_time: bool) -> Iterator[int]:
        """Yield the cells that bind or change a name, back to the one that surely binds it."""
        earlier = [index for index in sorted(self.cells, reverse=True) if index < before]
        importers = [index for index in earlier if name in self.cells[index].binds]
        if any_time and self._is_one_import(name, importers):
            # The same module from several cells: the first will do, and is most likely short.
            earlier = [i for i in earlier if i not in importers[:-1]]
        for index in earlier:
            cell = self.cells[index]
            if name in cell.binds or cell.may_bind(name) or self._changes(cell, name):
                yield index
            if name in cell.surely and not any_time:
                return

    def _is_one_import(self, name: str, binders: list[int]) -> bool:
        return len(self.origins[name]) == 1 and all(name in self.cells[i].imports for i in binders)

    def _changes(self, cell: "_Effects", name: str) -> bool:
        if name in cell.assigned_parts:
            return True
        if self.plain.get(name, False):
            return False
        handed = {given for function, given in cell.handed_over if not self._only_shows(function)}
        return name in self._wholes(cell.assigned_parts | cell.changed | handed)

    def _only_shows(self, function: str) -> bool:
        """Tell whether a function, or the object of a method, comes from a plotting module."""
        return any(
            f"{origin}.".startswith(f"{module}.")
            for whole in self._wholes([function])
            for origin in self.origins.get(whole, ())
            for module in _SHOWING_MODULES
        )

    def _wholes(self, names: Iterable[str]) -> set[str]:
        """Return names and what they may be a part of."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.parts_of.get(name, ())
        return found


@dataclass
class _Effects:
    """What running a cell reads, binds and changes among the notebook's own names."""

    text: str = ""
    reads: set[str] = field(default_factory=set)  # needed when the cell starts
    later: set[str] = field(default_factory=set)  # looked up when its functions are called
    binds: set[str] = field(default_factory=set)
    surely: set[str] = field(default_factory=set)  # bound on every way through the cell
    plain: set[str] = field(default_factory=set)  # bound by def, class or import only
    imports: dict[str, str] = field(default_factory=dict)  # name -> what is imported
    import_statements: dict[str, str] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)  # defined at the top level
    assigned_parts: set[str] = field(default_factory=set)  # x in x.a = …, x[i] = …, del x[i]
    changed: set[str] = field(default_factory=set)  # x in x.change()
    handed_over: set[tuple[str, str]] = field(default_factory=set)  # (f, x) of f(x)
    calls: set[str] = field(default_factory=set)
    functions: "list[tuple[str, _Changes]]" = field(default_factory=list)  # what a call changes
    parts_of: dict[str, set[str]] = field(default_factory=dict)  # y -> {x} for y = x.part
    binds_anything: bool = False
    opaque: bool = False

    def may_bind(self, name: str) -> bool:
        """Tell whether the cell may bind a name in a way that analysis doesn't see."""
        mentioned = self.opaque and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)
        return self.binds_anything or bool(mentioned)


@lru_cache(maxsize=2000)
def _effects(source: str, longest: int = _MAX_CODE) -> _Effects:
    effects = _Effects(text=source)
    if len(source) > longest:
        return _Effects(text=source, opaque=True, reads=_words(source))
    body, opaque = python_within(source)
    effects.opaque = opaque
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a learner's `"\d"` is no warning of ours
            tree = ast.parse(body)
            _compile(tree)
            _add_names(tree.body, effects, effects.surely)
            effects.surely -= effects.reads
            _add_changes(tree, effects)
        if effects.opaque:
            effects.reads |= _words(source)
    except UNPARSABLE:
        # Nothing is defined by a cell that can't be compiled.
        return _Effects(text=source, opaque=opaque)
    return effects


def _words(source: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", source))


def _compile(tree: ast.Module) -> CodeType:
    return compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _add_names(statements: list[ast.stmt], effects: _Effects, surely: set[str]) -> None:
    """Add what statements read and bind; `surely` holds what is bound before and grows by them."""
    for statement in statements:
        if isinstance(statement, ast.Break | ast.Continue):
            continue
        head, branches = _head_and_branches(statement)
        reads, later, binds = set(), set(), set()
        _scan(_compile(ast.Module([head], [])), reads, later, binds)
        effects.reads |= reads - surely
        effects.later |= later
        effects.binds |= binds
        _note_kind(statement, binds, effects)
        for branch in branches:
            _add_names(branch, effects, surely | binds)
        if isinstance(statement, ast.With | ast.AsyncWith):
            surely |= binds
            _add_names(statement.body, effects, surely)
        elif not branches:
            surely |= binds


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


def _without_blocks(node: ast.AST) -> ast.AST:
    bare = copy.copy(node)
    if hasattr(bare, "body"):
        bare.body = [ast.Pass(lineno=1, col_offset=0)]
    for name in ("handlers", "cases"):
        if hasattr(bare, name):
            setattr(bare, name, [_without_blocks(each) for each in getattr(bare, name)])
    return bare


def _note_kind(statement: ast.stmt, binds: set[str], effects: _Effects) -> None:
    """Note which names hold a function, class or module and nothing else."""
    plain = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    effects.plain -= binds
    for name in binds:
        effects.imports.pop(name, None)
        effects.import_statements.pop(name, None)
    if isinstance(statement, plain):
        effects.plain |= binds
    if isinstance(statement, ast.ClassDef):
        effects.classes |= binds
    if isinstance(statement, ast.Import | ast.ImportFrom):
        _add_imports(statement, effects)


def _add_imports(statement: ast.Import | ast.ImportFrom, effects: _Effects) -> None:
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


def _add_changes(tree: ast.Module, effects: _Effects) -> None:
    """Add calls, changes, and names for parts of objects, at the top level and in functions."""
    top = _Changes()
    top.visit(tree)
    effects.assigned_parts, effects.changed = top.assigned_parts, top.changed
    effects.handed_over, effects.calls = top.handed_over, top.calls
    effects.parts_of = top.parts_of
    found = [top]
    waiting = [(getattr(function, "name", ""), function) for function in top.functions]
    while waiting:
        name, function = waiting.pop()
        inner = _Changes()
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


def _locals_of(function: ast.AST) -> set[str]:
    names = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    names |= {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names - _declared(function)


class _Changes(ast.NodeVisitor):
    """Collects what code changes besides the names that it binds; stops at functions."""

    def __init__(self) -> None:
        self.assigned_parts: set[str] = set()
        self.changed: set[str] = set()
        self.handed_over: set[tuple[str, str]] = set()
        self.calls: set[str] = set()
        self.functions: list[ast.AST] = []
        self.parts_of: dict[str, set[str]] = defaultdict(set)
        self.opaque = False
        self.binds_anything = False

    def forget(self, own: set[str], declared: set[str]) -> None:
        """Leave out what belongs to a function alone; add what it declares `global`."""
        self.changed = self._wholes_of(self.changed | self.assigned_parts) - own
        self.assigned_parts = (self.assigned_parts - own) | declared
        self.handed_over = {
            (function, whole)
            for function, given in self.handed_over
            for whole in self._wholes_of({given}) - own
        }

    def _wholes_of(self, names: set[str]) -> set[str]:
        return names.union(*(self.parts_of.get(name, ()) for name in names))

    def _visit_function(self, node: ast.AST) -> None:
        self.functions.append(node)
        for decorator in getattr(node, "decorator_list", ()):
            self.calls.update(filter(None, [_root(decorator)]))
            self.visit(decorator)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def _visit_part(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load) and (root := _root(node)):
            self.assigned_parts.add(root)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _visit_part

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call):
            function = _root(call.func) or ""
            if isinstance(call.func, ast.Attribute) and function:
                self.changed.add(function)
            if function not in _SHOWING_CALLS:
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                self.handed_over |= {(function, root) for each in given if (root := _root(each))}
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        root = _root(node.func)
        if isinstance(node.func, ast.Name):
            self.calls.add(node.func.id)
        if isinstance(node.func, ast.Attribute):
            if root and node.func.attr in _CHANGING_METHODS:
                self.changed.add(root)
            self._note_magic(node)
        elif root in _OPAQUE_CALLS:
            self.opaque = True
        self.generic_visit(node)

    def _note_magic(self, node: ast.Call) -> None:
        self.opaque |= node.func.attr in _OPAQUE_METHODS
        if node.func.attr == "run_line_magic" and isinstance(node.args[0], ast.Constant):
            self.binds_anything |= node.args[0].value in _BINDS_ANYTHING
            self.opaque |= node.args[0].value in PYTHON_MAGICS

    def _visit_binding(self, node: ast.AST, targets: list[ast.expr], value: ast.expr) -> None:
        wholes = _wholes(value)
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self.parts_of[name.id] |= wholes
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_binding(node, node.targets, node.value)

    def visit_For(self, node: ast.For) -> None:
        self._visit_binding(node, [node.target], node.iter)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._visit_binding(node, [node.target], node.iter)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._visit_binding(item, [item.optional_vars], item.context_expr)
        self.generic_visit(node)


def _root(node: ast.AST) -> str | None:
    """Return `x` for `x`, `x.a`, `x[0].b` and `x.f().c`, otherwise None."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def _wholes(value: ast.expr) -> set[str]:
    """Return the names that `value` may be a part or another name of."""
    if isinstance(value, ast.Tuple | ast.List):
        return set().union(*map(_wholes, value.elts))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _VIEWS:
        return set().union(*map(_wholes, value.args))
    root = _root(value)
    return {root} if root else set()
