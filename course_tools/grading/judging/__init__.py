"""The trusted end: tests of a question, run against answers that live in the sandbox.

Nothing of what runs inside the sandbox is imported, and neither Keras nor a shell.
"""

from course_tools.grading.judging.judging import judge
from course_tools.grading.judging.question import Judgement, Process, Question

__all__ = ["Judgement", "Process", "Question", "judge"]
