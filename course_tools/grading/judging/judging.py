"""The trusted end: runs the tests of one question against answers that live in the sandbox.

A test cell never enters the learner's process. It runs here, with names of its own; a name that it
does not define itself is fetched from the learner. Functions arrive as references: calling one
sends the arguments over, and brings plain data, arrays or rebuilt Keras models back, and carries
over what the call changed in its arguments. So a test cell reads as it does in a notebook.

Whatever goes wrong between the two ends decides the verdict, no matter what the test made of it: a
learner's process that died or broke the rules never earns full marks, and never a silent zero. A
failure that nobody has foreseen is left to a person.

The tests run within limits of time and of this process's memory. Python code can be stopped; a
single call into a library that hangs or aborts can't, so a judge belongs in a process that may die.

| verdict     | meaning                                                        | score        |
|-------------|----------------------------------------------------------------|--------------|
| graded      | the tests ran to their end, or refused the answer              | 0 to maximum |
| crashed     | the learner's process ended by itself                          | undecided    |
| timeout     | it took longer than allowed                                    | undecided    |
| tampered    | what it sent breaks the rules of the conversation              | undecided    |
| needs-human | something that the judge can't carry over, or can't decide     | undecided    |
"""

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course_tools.grading.judging.conversation import Conversation, Trouble
from course_tools.grading.judging.outputs import MAX_MESSAGE, clean
from course_tools.grading.judging.question import Judgement, Process, Question
from course_tools.grading.judging.test_cell import (
    MAX_TEST_BYTES,
    free_names,
    memory_limit,
    run_tests,
    time_limit,
)
from course_tools.grading.record import Verdict


def judge(question: Question, process: Process) -> Judgement:
    """Run the cells in the learner's process, then the tests here, and return what came out.

    It must be called in the main thread of its process.
    """
    conversation = Conversation(process, question)
    outputs: dict = {}
    try:
        judgement = _run(question, conversation, outputs)
    except Trouble as trouble:
        judgement = Judgement(trouble.verdict, None, trouble.message)
    except Exception as error:  # a defect here, or an attack that nobody has foreseen
        judgement = Judgement(Verdict.NEEDS_HUMAN, None, f"The judge failed: {error!r}")
    return replace(judgement, message=clean(judgement.message)[:MAX_MESSAGE], outputs=outputs)


def _run(question: Question, conversation: Conversation, outputs: dict) -> Judgement:
    """Run the cells and the tests; put what they print into `outputs`.

    Raises:
        Trouble: something outside the answer's own merit decides the verdict.
    """
    wanted = _free_names_or_trouble(question.tests)
    conversation.ask({"do": "seed", "seed": _learners_seed(question.seed)})
    for position, source in question.cells:
        outputs[position] = conversation.run(source)
    seconds = min(question.cell_seconds, question.question_seconds)
    with time_limit(seconds, conversation), memory_limit(MAX_TEST_BYTES):
        names = _imported(question.imports, wanted)
        names |= conversation.fetch([name for name in wanted if name not in names])
        judgement, outputs["test"] = run_tests(question, names)
        if judgement.score and conversation.changed_arguments and not question.may_change:
            judgement = _confirmed_without_changes(question, conversation, names, judgement)
    if conversation.trouble:  # also when the test, or a library below it, has swallowed it
        raise conversation.trouble
    return _left_to_a_person(judgement, conversation) or judgement


def _confirmed_without_changes(
    question: Question, conversation: Conversation, names: dict[str, Any], judgement: Judgement
) -> Judgement:
    """Run the tests again without carrying over what the answer changes; it must not matter."""
    conversation.carry_changes = False
    unchanged, _ = run_tests(question, names)
    if unchanged.score == judgement.score:
        return judgement
    why = "The tests pass only because the answer changes the arguments it is given."
    return Judgement(Verdict.NEEDS_HUMAN, None, why)


def _left_to_a_person(judgement: Judgement, conversation: Conversation) -> Judgement | None:
    """Return a judgement in place of a score that may be owed to the judge's own limits."""
    if judgement.verdict is not Verdict.GRADED:
        return None
    if judgement.score == 0 and conversation.used_loans:
        why = "The tests used an object that can't be carried over to them. "
        return Judgement(Verdict.NEEDS_HUMAN, None, why + judgement.message)
    if judgement.score != 0 and conversation.unverified_type:
        why = (
            f"The tests passed, but the judge can't rebuild the {conversation.unverified_type} that"
            " they used: the learner's own code said what it does."
        )
        return Judgement(Verdict.NEEDS_HUMAN, None, why)
    return None


def _free_names_or_trouble(tests: str) -> list[str]:
    try:
        return free_names(tests)
    except SyntaxError as error:
        why = f"The test cell is not plain Python ({error}), so it can't be run here."
        raise Trouble(Verdict.NEEDS_HUMAN, why) from None


def _learners_seed(seed: int) -> int:
    """Return the seed of the learner's random numbers, which doesn't reveal this one."""
    return int.from_bytes(hashlib.sha256(b"learner %d" % seed).digest()[:4])


def _imported(statements: Mapping[str, str], wanted: list[str]) -> dict[str, Any]:
    """Return the wanted names that the instructor imports; what is not installed is left out."""
    found: dict[str, Any] = {}
    for name in set(wanted) & set(statements):
        with contextlib.suppress(ImportError):
            scope: dict[str, Any] = {}
            exec(statements[name], scope)
            found[name] = scope[name]
    return found
