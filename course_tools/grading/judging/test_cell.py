"""Running a test cell in the judge's own process, with the learner's names, within limits.

Python code is stopped when its time is up. A single call into a library that hangs or aborts can't
be stopped, so a judge belongs in a process that may die.
"""

import ast
import builtins
import contextlib
import io
import math
import random
import signal
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import checks
from course_tools.grading.judging.conversation import GRACE_SECONDS, Conversation, Loan
from course_tools.grading.judging.outputs import MAX_MESSAGE, clean
from course_tools.grading.judging.question import Judgement, Question
from course_tools.grading.notebooks import lines_of
from course_tools.grading.processes import data_bytes
from course_tools.grading.record import Verdict

# Private memory that tests may take in this process, in which a learner's models are rebuilt.
MAX_TEST_BYTES = 4 * 2**30


def run_tests(question: Question, names: dict[str, Any]) -> tuple[Judgement, list[dict]]:
    """Run a test cell with the learner's names; its last expression may be a partial credit.

    Returns what came out, and the cell's outputs.
    """
    tree = ast.parse(question.tests)
    last = tree.body[-1] if tree.body else None
    final = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
    if final is not None:
        tree.body.pop()
    scope = {"__name__": "__main__", "display": lambda *_: None} | names
    printed, value = io.StringIO(), None
    _seed_generators(question.seed)
    try:
        with (
            checks.fresh_from(question.seed),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(tree, "<tests>", "exec"), scope)
            if final is not None:
                value = eval(compile(final, "<tests>", "eval"), scope)
        judgement, error = _accepted(question, value, clean(printed.getvalue())), None
    except Exception as raised:  # any exception of a test refuses the answer
        judgement, error = _refused(question, raised), raised
    return judgement, _test_outputs(clean(printed.getvalue()), error, judgement.message)


def _test_outputs(printed: str, error: Exception | None, message: str) -> list[dict]:
    outputs: list[dict] = []
    if printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed})
    if error is not None:
        name = clean(type(error).__name__)
        lines = clean(message).splitlines()
        shown = {"ename": name, "evalue": clean(message), "traceback": lines}
        outputs.append({"output_type": "error"} | shown)
    return outputs


def _seed_generators(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed % 2**32)


@contextlib.contextmanager
def time_limit(seconds: float, conversation: Conversation) -> Iterator[None]:
    """Stop tests that compute too long, such as training a model that the learner made huge."""
    running = True

    def ring(*_: Any) -> None:
        if running:
            raise conversation.stop(Verdict.TIMEOUT, f"The tests took longer than {seconds:g} s.")

    before = signal.signal(signal.SIGALRM, ring)
    # Again and again, since the tests may swallow what it raises.
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS, 1.0)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def memory_limit(more: int) -> Iterator[None]:
    """On Linux, let this process take at most `more` bytes of private memory beyond what it has."""
    used = data_bytes()
    if used is None:
        yield
        return
    # Windows has no such module; it imports this one for marks and feedback, which need no limits.
    import resource

    limits = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([used + more, *allowed]), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _accepted(question: Question, value: Any, printed: str) -> Judgement:
    points = question.points
    if isinstance(value, Loan):
        return Judgement(
            Verdict.NEEDS_HUMAN, None, "The tests ended in an object of the learner's."
        )
    if isinstance(value, bool | np.bool_) and not value:
        return Judgement(Verdict.NEEDS_HUMAN, None, "The tests ended in False, which is no score.")
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return Judgement(Verdict.GRADED, float(points), printed.strip())
    try:
        score = math.nan if isinstance(value, np.complexfloating) else float(value)
    except OverflowError:
        score = math.inf
    if not (math.isfinite(score) and 0 <= score <= points):
        why = f"The tests gave {value!r:.60} points; possible are 0 to {points:g}."
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return Judgement(Verdict.GRADED, score, f"Partial credit: {score:g} of {points:g}.")


def _refused(question: Question, error: Exception) -> Judgement:
    if _ran_out_of_memory(error):
        why = f"The tests needed more than {MAX_TEST_BYTES / 2**30:g} GiB with this answer."
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return Judgement(Verdict.GRADED, 0.0, _message(question, error))


def _ran_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether memory was short here, as opposed to in the learner's process."""
    for _ in range(10):
        if error is None or hasattr(error, "learner_line"):
            return False
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            return True
        error = error.__cause__ or error.__context__
    return False


def _message(question: Question, error: Exception) -> str:
    """Return what the learner may see, which is never the text of a hidden test."""
    if isinstance(error, checks.CheckFailed):
        return str(error)[:MAX_MESSAGE]
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<tests>" and frame.lineno is not None
    ]
    # Even if it fails within a helper that learners can see.
    if question.rules.hidden_lines(question.tests) & set(lines):
        return f"A hidden test failed ({type(error).__name__})."
    text = lines_of(question.tests)[lines[-1] - 1].strip() if lines else ""
    said = str(error).strip()
    where = f" in the test `{text}`" if text else ""
    return f"{type(error).__name__}{where}{': ' + said if said else ''}"[:MAX_MESSAGE]


def free_names(source: str) -> list[str]:
    """Return the names that a test cell reads and does not define itself, without built-in ones."""
    import symtable

    table = symtable.symtable(source, "<tests>", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    read: set[str] = set()
    todo = [table]
    while todo:
        part = todo.pop()
        todo += part.get_children()
        top = part is table
        read |= {
            s.get_name() for s in part.get_symbols() if s.is_referenced() and (top or s.is_global())
        }
    return sorted(name for name in read - bound if not hasattr(builtins, name))
