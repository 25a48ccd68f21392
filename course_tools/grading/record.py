"""The record of a mark: what became of one submission and of each of its questions.

Marking makes records, the ledger keeps them, and everything that shows or enters marks reads them.
`classroom.ledger` says what each field means: the fields are those of the ledger's JSON.
"""

from dataclasses import dataclass
from enum import StrEnum

# What a question says whose written answer was left empty: it has no points, and nobody reads it.
LEFT_UNANSWERED = "Left unanswered."


class Verdict(StrEnum):
    """What became of a question; only `GRADED` comes with a score."""

    GRADED = "graded"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MISSING = "missing"
    TAMPERED = "tampered"
    UNREADABLE = "unreadable"
    NEEDS_HUMAN = "needs-human"


class Status(StrEnum):
    """What became of a submission as a whole."""

    GRADED = "graded"
    NEEDS_HUMAN = "needs-human"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class QuestionRecord:
    """What became of a question; see the ledger's table.

    Raises:
        ValueError: there is a score without the verdict `GRADED`, or none with it.
    """

    id: str
    verdict: Verdict
    score: float | None
    max_score: float
    message: str
    key: str | None

    def __post_init__(self):
        if (self.verdict is Verdict.GRADED) != (self.score is not None):
            raise ValueError(f"the verdict is {self.verdict}, the score {self.score}")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What became of a submission; see the ledger's table."""

    lesson: str
    student: str
    status: Status
    score: float | None
    max_score: float
    flags: tuple[str, ...]
    submission_sha256: str
    source_sha256: str
    key: str
    seconds: float
    peak_memory_bytes: int
    questions: tuple[QuestionRecord, ...]

    @property
    def by_question(self) -> dict[str, QuestionRecord]:
        """The questions by their ids, in the lesson's order."""
        return {question.id: question for question in self.questions}
