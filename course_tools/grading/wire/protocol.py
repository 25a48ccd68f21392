"""The protocol between the judge and a learner's process.

The judge sends `{"do": …, "token": …}`, one request after another, and gets one reply for each,
with the same token:

| request  | asks for                                                        | reply               |
|----------|-----------------------------------------------------------------|---------------------|
| `seed`   | the same random numbers whenever this answer is graded          | an empty value      |
| `run`    | running the `source` of a cell                                  | outputs, `raised`   |
| `fetch`  | those of the global `names` that exist                          | a dict of values    |
| `call`   | calling a lent object with arguments                            | result, `changed`   |
| `get`, `set`, `method` | an attribute, or a special method, of a lent object | a value         |

Instead of a value a reply can say `raised` (the learner's code raised) or `unportable`. In the
middle of a call the learner's process may send a request of its own, `{"do": "callback"}`, if a
test handed it a function; and further requests may come before the reply to that.

`packing` and `crossing` say which values can cross, and how. All three belong to both ends, so they
import nothing of either. Nothing in a message makes the judge import a module, except a record of
one of `course_lib.LESSON_MODULES`.
"""

import builtins

from course_lib.checks import learner_line

# Special methods of a lent object that can be called from the other end.
METHODS = ("__len__", "__iter__", "__getitem__", "__str__", "__repr__")
# Characters of an exception's text, or of the line that raised it.
MAX_TEXT = 2000


def describe(error: BaseException) -> dict:
    """Return an exception as plain data: its type, the nearest built-in type, its text and line."""
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    try:
        text = str(error)
    except Exception:  # a learner's own exception may fail to say what it is
        text = ""
    return {
        "type": type(error).__name__[:80],
        "builtin": known.__name__,
        "message": text[:MAX_TEXT],
        "line": learner_line(error.__traceback__, skip=0)[:MAX_TEXT],
    }


def rebuild(description: dict) -> Exception:
    """Return the built-in exception that `describe` described."""
    kind = getattr(builtins, str(description.get("builtin")), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    try:
        return kind(str(description.get("message", "")))
    except TypeError:  # UnicodeDecodeError and the like want more arguments
        return RuntimeError(str(description.get("message", "")))
