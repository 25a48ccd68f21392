"""A warm interpreter within walls, and the children that it forks for learners' code."""

from course_tools.grading.sandbox.bubblewrap import require as require_bubblewrap
from course_tools.grading.sandbox.child import Child
from course_tools.grading.sandbox.limits import Limits
from course_tools.grading.sandbox.warm import DEFAULT_PRELOAD, KINDS, Sandbox, require

__all__ = [
    "Child",
    "DEFAULT_PRELOAD",
    "KINDS",
    "Limits",
    "Sandbox",
    "require",
    "require_bubblewrap",
]
