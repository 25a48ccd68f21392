"""From a lesson's source to its notebooks, and running them.

`lesson_code` may be imported directly: scripts use it to run the very code that a lesson shows.
"""

from course_tools.authoring.building import (
    build,
    configured_repository,
    find_root,
    find_sources,
    read_translations,
)
from course_tools.authoring.executing import execute
from course_tools.authoring.notebooks import (
    course_modules,
    instructor_notebook,
    student_notebook,
    translated_notebook,
)
from course_tools.authoring.source import Cell, Lesson, SourceError, hints_of, read_lesson
from course_tools.authoring.translating import languages, translate

__all__ = [
    "Cell",
    "Lesson",
    "SourceError",
    "build",
    "configured_repository",
    "course_modules",
    "execute",
    "find_root",
    "find_sources",
    "hints_of",
    "instructor_notebook",
    "languages",
    "read_lesson",
    "read_translations",
    "student_notebook",
    "translate",
    "translated_notebook",
]
