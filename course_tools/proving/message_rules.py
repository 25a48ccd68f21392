"""Rules for what a check says to somebody whose answer is wrong.

A message has to name the symptom and a likely cause, be short, and not give the answer away.
"""

import ast
import re

_MAX_LINES = 8
_MAX_CHARACTERS = 900
# A shorter piece of code (`x / 2`, `len(x)`) may stand in a message by chance, or as the symptom.
_TELLING_LENGTH = 24


def first_line(message: str) -> str:
    """Return the first line of a message, where the symptom stands."""
    return message.partition("\n")[0]


def shortcomings(message: str, solution: str) -> list[str]:
    """Return what is wrong with the message for a wrong answer; an empty list if it is good.

    Args:
        message: the whole message, as the learner sees it.
        solution: the reference solution, of which the message must not quote a telling piece.
    """
    symptom = first_line(message)
    found = []
    if not symptom.startswith("✗ ") or len(symptom) < 30:
        found.append("its first line names no symptom")
    if "Likely cause: " not in message and "\n  at: " not in message:
        found.append("it names no likely cause")
    is_long = len(message.splitlines()) > _MAX_LINES or len(message) > _MAX_CHARACTERS
    if "Traceback" in message or is_long:
        found.append("it is longer than a glance")
    # Quoting the line of the learner's own code that raised gives nothing away.
    told = re.sub(r"\n  at: .*", "", message)
    found += [f"it gives `{piece}` away" for piece in _pieces(solution) if piece in told]
    return found


def _pieces(solution: str) -> set[str]:
    """Return the expressions of a solution that are long enough to be the answer."""
    return {
        text
        for node in ast.walk(ast.parse(solution))
        if isinstance(node, ast.expr)
        and not isinstance(node, ast.Constant)
        and len(text := ast.unparse(node)) >= _TELLING_LENGTH
    }
