"""Mutants: a reference solution with one small thing changed, which the tests have to notice.

The operators are those of mutation testing (DeMillo, Lipton and Sayward, "Hints on test data
selection", IEEE Computer 11(4), 1978): comparisons, constants, arithmetic and logic, removed
statements, swapped arguments. Strings are left alone: an exercise does not ask for the wording of
messages or the names of layers. Only where a function returns nothing but a literal that holds
text, which is a judgement, is an entry left out, another's text said of it, or two neighbours
exchanged.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

_COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


class Mutant(NamedTuple):
    """A changed solution; `name` says what was changed, and is unique among its siblings."""

    name: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a solution that differs from it, in the order of its lines.

    Args:
        source: Python, without IPython's magic commands.

    Raises:
        SyntaxError: it is not valid Python.
    """
    tree = ast.parse(source)
    original = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for position, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(mutated)) if i == position)
            name = change(target)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text != original and text not in found:
                found[text] = Mutant(name, text + "\n")
    return _with_unique_names(sorted(found.values(), key=_line))


def _changes(node: Any) -> Iterator[Callable[[Any], str]]:
    """Yield functions that each change such a node in place and return what they changed."""
    if isinstance(node, ast.Compare):
        for index in range(len(node.ops)):
            yield partial(_exchange_comparison, index)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield lambda n: _set(n, "op", _ARITHMETIC[type(n.op)]())
    elif isinstance(node, ast.BoolOp):
        yield lambda n: _set(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda n: _set(n, "op", ast.UAdd())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda n: _set(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda n: _set(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield lambda n: _set(n, "value", n.value + 1)
    elif isinstance(node, ast.Call) and len(node.args) >= 2:
        yield lambda n: _set(n, "args", [n.args[1], n.args[0], *n.args[2:]])
    elif isinstance(node, ast.Return):
        yield from _changes_of_a_judgement(node.value)
    if isinstance(getattr(node, "body", None), list) and not isinstance(node, ast.Module):
        for index, statement in enumerate(node.body):
            if not _is_docstring(statement) and not isinstance(statement, ast.Pass):
                yield partial(_remove_statement, index)


def _changes_of_a_judgement(value: Any) -> Iterator[Callable[[Any], str]]:
    """Yield the changes of a returned dict, list, tuple or set that holds text."""
    if isinstance(value, ast.Dict) and _all_text(value.values):
        texts = [ast.literal_eval(each) for each in value.values]
        for index, text in enumerate(texts):
            yield partial(_without_entry, index)
            for other in dict.fromkeys(texts):
                if other != text:
                    yield partial(_say_of, index, other)
    elif isinstance(value, ast.List | ast.Tuple | ast.Set) and _all_text(value.elts):
        for index in range(len(value.elts)):
            yield partial(_without_entry, index)
            if index and not isinstance(value, ast.Set):
                yield partial(_exchange_neighbours, index)


def _all_text(values: list[Any]) -> bool:
    return bool(values) and all(
        isinstance(each, ast.Constant) and isinstance(each.value, str) for each in values
    )


def _without_entry(index: int, node: Any) -> str:
    entries: list[Any] = node.value.keys if isinstance(node.value, ast.Dict) else node.value.elts
    removed = entries.pop(index)
    if isinstance(node.value, ast.Dict):
        node.value.values.pop(index)
    return f"line {removed.lineno}: without {_text(removed)}"


def _say_of(index: int, other: str, node: Any) -> str:
    value = node.value.values[index]
    return f"{_set(value, 'value', other)} for {_text(node.value.keys[index])}"


def _exchange_neighbours(index: int, node: Any) -> str:
    entries = node.value.elts
    entries[index - 1], entries[index] = entries[index], entries[index - 1]
    return (
        f"line {entries[index].lineno}: {_text(entries[index - 1])} before {_text(entries[index])}"
    )


def _set(node: Any, field: str, value: object) -> str:
    before = _text(node)
    setattr(node, field, value)
    return f"line {node.lineno}: {before} → {_text(node)}"


def _exchange_comparison(index: int, node: ast.Compare) -> str:
    changed = list(node.ops)
    changed[index] = _COMPARISONS[type(node.ops[index])]()
    return _set(node, "ops", changed)


def _remove_statement(index: int, node: Any) -> str:
    removed = node.body[index]
    node.body[index] = ast.copy_location(ast.Pass(), removed)
    return f"line {removed.lineno}: without {_text(removed)}"


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _text(node: ast.AST) -> str:
    lines = ast.unparse(node).splitlines()
    return lines[0] + (" …" if len(lines) > 1 else "")


def _line(mutant: Mutant) -> int:
    return int(mutant.name.split(":")[0].removeprefix("line "))


def _with_unique_names(found: list[Mutant]) -> list[Mutant]:
    taken: dict[str, int] = {}
    unique = []
    for name, source in found:
        taken[name] = taken.get(name, 0) + 1
        unique.append(Mutant(name if taken[name] == 1 else f"{name} ({taken[name]})", source))
    return unique
