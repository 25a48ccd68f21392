"""The files that a proof reads and keeps: verdicts of its cases, and equivalent mutants."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.record import Verdict
from course_tools.grading.stored import StoredFile, plain_data

_REMEDY = "Restore or remove it."


@dataclass(frozen=True)
class KeptVerdict:
    """What a case came to, as `VERDICTS/LESSON.json` keeps it.

    Attributes:
        key: that of the case when it was judged.
        accepted: whether the answer got full marks.
        message: what the learner is told.
    """

    key: str
    accepted: bool
    verdict: Verdict
    message: str


def read_verdicts(path: Path) -> dict[str, KeptVerdict]:
    """Return the kept verdicts of a lesson by `EXERCISE/NAME`; none when there is no file.

    Raises:
        CourseError: the file is damaged.
    """
    file = StoredFile(path, _REMEDY)
    try:
        content = file.typed(file.content(), dict[str, Any])
    except FileNotFoundError:
        return {}
    return {title: file.typed(each, KeptVerdict, where=title) for title, each in content.items()}


def write_verdicts(path: Path, verdicts: dict[str, KeptVerdict]) -> None:
    """Write one case a line, so that a change of a case is a change of a line."""
    as_line = partial(json.dumps, ensure_ascii=False)
    lines = [
        f"{as_line(title)}: {as_line(plain_data(each))}" for title, each in sorted(verdicts.items())
    ]
    write_atomically(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def read_equivalent(folder: Path) -> dict[str, str]:
    """Return the declared equivalent mutants of an exercise, each with the reason.

    Raises:
        CourseError: the file is damaged, or a reason is missing.
    """
    path = folder / "equivalent.json"
    file = StoredFile(path, _REMEDY)
    try:
        declared = file.typed(file.content(), dict[str, Any])
    except FileNotFoundError:
        return {}
    if not all(isinstance(reason, str) and len(reason) > 10 for reason in declared.values()):
        raise CourseError(f"{path} has to give a reason for each mutant, in words.")
    return declared
