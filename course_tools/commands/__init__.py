"""The `course` command.

`sample_class` is open as a module: submissions for whoever needs a class to try things on.
"""

from course_tools.commands.cli import main

__all__ = ["main"]
