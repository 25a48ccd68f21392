"""What a check says to somebody whose answer is wrong, looked at by rule.

A message has to name the symptom and a likely cause, fit on a screen and not give the answer away.
"""

import ast
import re

_LINES = 8
_CHARACTERS = 900
# A shorter piece of code (`x / 2`, `len(x)`) may stand in a message by chance, or as the symptom.
_TELLING = 24


def lead_of(message: str) -> str:
    """Return the first line of a message, where the symptom stands."""
    return message.partition("\n")[0]


def shortcomings(message: str, solution: str) -> list[str]:
    """Return what is wrong with the message for a wrong answer; nothing when it is good.

    Args:
        message: all of it, as the learner sees it.
        solution: the reference solution, of which no telling piece may stand in the message.
    """
    symptom = lead_of(message)
    found = []
    if not symptom.startswith("✗ ") or len(symptom) < 30:
        found.append("its first line names no symptom")
    if "Likely cause: " not in message and "\n  at: " not in message:
        found.append("it names no likely cause")
    if "Traceback" in message or len(message.splitlines()) > _LINES or len(message) > _CHARACTERS:
        found.append("it is longer than a glance")
    # The line of the learner's own code that raised is no news to the learner.
    told = re.sub(r"\n  at: .*", "", message)
    found += [f"it gives `{piece}` away" for piece in _pieces(solution) if piece in told]
    return found


def _pieces(solution: str) -> set[str]:
    """Return the expressions of a solution that are long enough to be the answer."""
    return {
        text
        for node in ast.walk(ast.parse(solution))
        if isinstance(node, ast.expr) and not isinstance(node, ast.Constant)
        and len(text := ast.unparse(node)) >= _TELLING
    }  # fmt: skip
