"""Notebooks of instructors and learners: what cells mean, and a submission rebuilt.

A cell's code is read, and never run.
"""

from course_tools.grading.notebooks.cells import (
    CHECK_TITLE,
    LANGUAGE,
    LINKS_TAG,
    NBGRADERS_RULES,
    ReleaseRules,
    checks_id,
    grade_id,
    graded_cells,
    is_answer,
    is_graded,
    is_test,
    is_written,
    language_of_notebook,
    lines_of,
    nbgrader_metadata,
    points_of,
    position_of,
    question_of,
    with_note,
)
from course_tools.grading.notebooks.code import code_alone, without_docstrings
from course_tools.grading.notebooks.imports import course_files, imported_modules
from course_tools.grading.notebooks.lesson_source import LessonSource
from course_tools.grading.notebooks.restoring import Restored, UnreadableError, restore
from course_tools.grading.notebooks.slice import needed_cells

__all__ = [
    "CHECK_TITLE",
    "LANGUAGE",
    "LINKS_TAG",
    "LessonSource",
    "NBGRADERS_RULES",
    "ReleaseRules",
    "Restored",
    "UnreadableError",
    "checks_id",
    "code_alone",
    "course_files",
    "grade_id",
    "graded_cells",
    "imported_modules",
    "is_answer",
    "is_graded",
    "is_test",
    "is_written",
    "language_of_notebook",
    "lines_of",
    "nbgrader_metadata",
    "needed_cells",
    "points_of",
    "position_of",
    "question_of",
    "restore",
    "with_note",
    "without_docstrings",
]
