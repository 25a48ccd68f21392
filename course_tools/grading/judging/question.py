"""What is to be judged, the outcome, and what the judge needs of a learner's process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from course_tools.grading.notebooks import NBGRADERS_RULES, ReleaseRules
from course_tools.grading.record import Verdict


@dataclass(frozen=True)
class Judgement:
    """The outcome of a question; `judging` has a table. `score` is None while undecided.

    `outputs` are those of the cells that ran, by position, and under "test" those of the test cell.
    """

    verdict: Verdict
    score: float | None
    message: str = ""
    outputs: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What is to be judged: the cells (position, source) that the answer needs, and its tests.

    Attributes:
        seed: draws the fresh inputs of the hidden tests and, hashed, the learner's random numbers,
            which reveal nothing about the former.
        imports: name -> the instructor's statement that imports it. The tests get such names from
            here, never from the learner.
        classes: names that the lesson wants to be classes; a test may inspect their instances.
        may_change: whether an answer is meant to change what it is given, such as a list in place.
            If not, one that passes must also pass when the tests don't see its changes; else it
            could have changed what they compute the expected value from.
        rules: say which lines of the tests learners don't get.
    """

    cells: Sequence[tuple[int, str]]
    tests: str
    points: float
    seed: int = 0
    cell_seconds: float = 300.0
    question_seconds: float = 900.0
    imports: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    may_change: bool = True
    rules: ReleaseRules = NBGRADERS_RULES


class Process(Protocol):
    """The learner's process, as the sandbox gives it."""

    connection: Any

    def interrupt(self) -> None:
        """Interrupt what it is doing."""

    def ended(self) -> str | None:
        """Return None while it is alive, otherwise why it ended."""
