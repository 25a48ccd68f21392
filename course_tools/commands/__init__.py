"""The `course` command.

`sample_class` may be imported directly: it makes submissions for a class to try things on.
"""

from course_tools.commands.cli import main

__all__ = ["main"]
