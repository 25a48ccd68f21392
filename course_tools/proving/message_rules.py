"""Rules for what a check says to somebody whose answer is wrong, and for hints.

A message has to name the symptom and a likely cause, be short, and not give the answer away. Nor
may a hint, except the last of three, which is a half-step.
"""

import ast
import re
from collections.abc import Sequence

_MAX_LINES = 8
_MAX_CHARACTERS = 900
# A shorter piece of code (`x / 2`, `len(x)`) may stand in a message by chance, or as the symptom.
_TELLING_LENGTH = 24
_HINTS_THAT_KEEP_THE_ANSWER = 2


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
    return found + [f"it gives `{piece}` away" for piece in given_away(told, solution)]


def telling_hints(hints: Sequence[str], solution: str) -> list[str]:
    """Return what the first two hints of an exercise give away; an empty list if it is nothing."""
    return [
        f"hint {number} gives `{piece}` away"
        for number, hint in enumerate(hints[:_HINTS_THAT_KEEP_THE_ANSWER], 1)
        for piece in given_away(hint, solution)
    ]


def given_away(text: str, solution: str) -> list[str]:
    """Return the telling pieces of a solution that a text quotes, however its lines are broken."""
    told = " ".join(text.split())
    return sorted(piece for piece in _pieces(solution) if " ".join(piece.split()) in told)


def _pieces(solution: str) -> set[str]:
    """Return the expressions of a solution that are long enough to be the answer."""
    return {
        text
        for node in ast.walk(ast.parse(solution))
        if isinstance(node, ast.expr)
        and not isinstance(node, ast.Constant)
        and len(text := ast.unparse(node)) >= _TELLING_LENGTH
    }
