"""An instructor's settings for grading: the lines `c.CourseGrading.…` of nbgrader_config.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.errors import CourseError
from course_tools.grading.classroom.nbgrader_api import CONFIG_NAME, load_config
from course_tools.grading.sandbox import KINDS

if TYPE_CHECKING:
    from traitlets.config import Config

_POSITIVE = ("cell_seconds", "question_seconds", "memory_bytes")
_MAXIMUM = {
    "late_penalty_per_day": 1,
    "late_penalty_grace_minutes": 1e9,
    "late_penalty_maximum": 1,
}


@dataclass(frozen=True)
class Settings:
    """The settings of a class, each with its default.

    Attributes:
        sandbox: "bubblewrap", or "none" to run submitted code with the instructor's rights.
        cell_seconds: how long one cell may take.
        question_seconds: how long all that one question needs may take.
        memory_bytes: how much memory a question's processes may use together.
        submitted_files: lesson -> names of files that learners may hand in beside the notebook.
        late_penalty_per_day: share of the score lost for each day begun after the due date, 0 to 1.
        late_penalty_grace_minutes: being this many minutes late costs nothing.
        late_penalty_maximum: the largest share of the score that can be lost, 0 to 1.
    """

    sandbox: str = KINDS[0]
    cell_seconds: float = 300.0
    question_seconds: float = 900.0
    memory_bytes: int = 3 * 2**30
    submitted_files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    late_penalty_per_day: float = 0.0
    late_penalty_grace_minutes: float = 0.0
    late_penalty_maximum: float = 1.0


def load_settings(directory: Path) -> Settings:
    """Return the settings of a class directory.

    Raises:
        CourseError: the configuration can't be read, has an unknown setting, or an invalid value.
    """
    return from_config(load_config(directory), Path(directory) / CONFIG_NAME)


def from_config(config: "Config", path: Path | str = CONFIG_NAME) -> Settings:
    """Return the settings in a loaded configuration; `path` is named in messages.

    Raises:
        CourseError: a setting is unknown, or its value is invalid.
    """
    given = dict(config.get("CourseGrading", {}))
    if problem := _problem(given):
        raise CourseError(f"{path}: {problem}")
    return Settings(**given)


def _problem(given: dict) -> str:
    """Return what is wrong with the settings, or ""."""
    known = {setting.name for setting in fields(Settings)}
    if unknown := sorted(set(given) - known):
        return (
            f"there is no setting c.CourseGrading.{unknown[0]}. "
            f"There are: {', '.join(sorted(known))}."
        )
    for name in (name for name in _POSITIVE if name in given):
        if not _is_number(given[name]) or not given[name] > 0:
            return f"c.CourseGrading.{name} has to be a positive number, not {given[name]!r}."
    for name, maximum in _MAXIMUM.items():
        value = given.get(name, 0)
        if not _is_number(value) or not 0 <= value <= maximum:
            return (
                f"c.CourseGrading.{name} has to be a number from 0 to {maximum:g}, not {value!r}."
            )
    kind = given.get("sandbox", KINDS[0])
    if kind not in KINDS:
        return (
            f"there is no sandbox {kind!r}, only {' and '.join(KINDS)} (c.CourseGrading.sandbox)."
        )
    files = given.get("submitted_files", {})
    if not isinstance(files, Mapping) or any(isinstance(names, str) for names in files.values()):
        return "c.CourseGrading.submitted_files has to map a lesson's id to a list of names."
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
