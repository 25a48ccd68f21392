"""The trusted end: tests of a question, run against answers that live in the sandbox.

It imports nothing of what runs inside the sandbox, and neither Keras nor a shell.
"""

from course_tools.grading.judging.judging import judge
from course_tools.grading.judging.question import Judgement, Process, Question

__all__ = ["Judgement", "Process", "Question", "judge"]
