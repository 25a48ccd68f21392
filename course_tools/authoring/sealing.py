"""Judgement tasks: `checks.seal(…)` in a source becomes what it returns in the notebooks.

The source says the right answer in plain words, once in the solution and once in the call; the
notebooks hold salted digests.
"""

import ast
from collections.abc import Iterator

from course_lib import checks


def sealed(source: str) -> str:
    """Return a check cell in which each call of `checks.seal` is replaced by its result.

    Raises:
        ValueError: an argument is no literal, or contradicts another.
    """
    content = source.encode()
    starts = _starts_of_lines(content)
    for call in sorted(
        _calls(source), key=lambda call: (call.lineno, call.col_offset), reverse=True
    ):
        start = starts[call.lineno - 1] + call.col_offset
        end = starts[(call.end_lineno or 0) - 1] + (call.end_col_offset or 0)
        written = _written(_evaluated(call), " " * call.col_offset)
        content = content[:start] + written.encode() + content[end:]
    return content.decode()


def disagreements(solution: str, tests: str) -> Iterator[str]:
    """Yield what is wrong with the sealed answers of a check cell, in words for its author."""
    for call in _calls(tests):
        try:
            right = _evaluated(call)
        except (ValueError, TypeError, SyntaxError) as error:
            yield f"checks.seal can't seal this ({error}); its arguments have to be literals"
            continue
        if not any(_has(right, literal) for literal in _returned_literals(solution)):
            yield "the solution returns another answer than checks.seal is given; make them agree"


def _calls(source: str) -> list[ast.Call]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic command, or what is reported elsewhere
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "checks.seal"
    ]


def _evaluated(call: ast.Call) -> checks.Sealed:
    arguments = [ast.literal_eval(argument) for argument in call.args]
    named = {word.arg or "**": ast.literal_eval(word.value) for word in call.keywords}
    return checks.seal(*arguments, **named)


def _written(right: checks.Sealed, indent: str) -> str:
    causes = "".join(f"{indent}        {pair!r},\n" for pair in right.causes)
    fields = f"{indent}    {right.salt!r}, {right.names!r}, {right.choices!r}, {right.whole!r},\n"
    return f"checks.Sealed(\n{fields}{indent}    (\n{causes}{indent}    ),\n{indent})"


def _has(right: checks.Sealed, literal: object) -> bool:
    try:
        checks.judged(literal, right, "the solution")
    except checks.CheckFailed:
        return False
    return True


def _returned_literals(solution: str) -> Iterator[object]:
    for node in ast.walk(ast.parse(solution)):
        if isinstance(node, ast.Return) and node.value is not None:
            try:
                yield ast.literal_eval(node.value)
            except ValueError:  # a value that is computed
                continue


def _starts_of_lines(content: bytes) -> list[int]:
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts
