"""An instructor's notebook and what grading needs to know about it, derived once per lesson."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_tools.grading.notebooks.cells import (
    NBGRADERS_RULES,
    ReleaseRules,
    grade_id,
    graded_cells,
    is_test,
    language_of_notebook,
)
from course_tools.grading.notebooks.facts import (
    changes_its_arguments,
    trusted_imports,
    wanted_classes,
)
from course_tools.grading.notebooks.imports import imported_modules
from course_tools.grading.notebooks.matching import SourceCell


@dataclass(frozen=True)
class QuestionFacts:
    """What the instructor's notebook says about the question of a test cell.

    Attributes:
        imports: name -> the instructor's statement that imports it.
        answer_changes_arguments: whether the instructor's answer changes what it is given.
    """

    imports: Mapping[str, str]
    answer_changes_arguments: bool


@dataclass(frozen=True)
class LessonSource:
    """An instructor's notebook, and how its class releases it.

    Everything else is derived from these two when it is first asked for, and kept. Only the two are
    sent between processes, and a process that gets them again reuses what it has derived.

    Attributes:
        text: the notebook file's text.
        rules: what learners get to see of its cells.
    """

    text: str
    rules: ReleaseRules = NBGRADERS_RULES

    def __reduce__(self) -> tuple[Any, ...]:
        return _shared_source, (self.text, self.rules)

    @cached_property
    def sha256(self) -> str:
        """The digest of the notebook's text."""
        return sha256(self.text.encode()).hexdigest()

    @cached_property
    def notebook(self) -> NotebookNode:
        """The notebook, which is shared and must not be changed.

        Raises:
            CourseError: the text is no notebook.
        """
        try:
            return nbformat.reads(self.text, as_version=4)
        except Exception as error:  # nbformat raises what it likes on a damaged file
            raise CourseError(
                f"The instructor's notebook can't be read: {error!r:.300}. "
                "Release the lesson again."
            ) from error

    @cached_property
    def language(self) -> str:
        """The code of the language that the lesson is written in, such as "en"."""
        return language_of_notebook(self.notebook)

    @cached_property
    def cells(self) -> tuple[SourceCell, ...]:
        """The cells as they were handed out, to find a learner's cells by."""
        numbered = enumerate(self.notebook.cells)
        return tuple(SourceCell.from_cell(index, cell, self.rules) for index, cell in numbered)

    @cached_property
    def graded(self) -> tuple[NotebookNode, ...]:
        """The cells for which points are given, one for each question."""
        return tuple(graded_cells(self.notebook))

    @cached_property
    def classes(self) -> frozenset[str]:
        """The names of the classes that its cells define."""
        return wanted_classes(self.notebook)

    @cached_property
    def modules(self) -> frozenset[str]:
        """The modules that its cells import."""
        code = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        return frozenset().union(*map(imported_modules, code))

    @cached_property
    def facts(self) -> Mapping[str, QuestionFacts]:
        """What is known about each question that has a test, by the test cell's id."""
        ids = [grade_id(cell) for cell in self.notebook.cells if is_test(cell)]
        return {checks_id: self._facts_of(checks_id) for checks_id in ids}

    def _facts_of(self, checks_id: str) -> QuestionFacts:
        return QuestionFacts(
            trusted_imports(self.notebook, checks_id),
            changes_its_arguments(self.notebook, checks_id),
        )


@lru_cache(maxsize=4)  # a process marks one lesson after another; a proof has many small ones
def _shared_source(text: str, rules: ReleaseRules) -> LessonSource:
    return LessonSource(text, rules)
