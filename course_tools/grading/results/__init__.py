"""Results of grading, for learners, the LMS and the instructor.

`sanitize` may be imported directly: whatever a learner wrote reaches a browser only through it.
"""

from course_tools.grading.results.export import ExportReport, export_csv, export_marks
from course_tools.grading.results.feedback import make_feedback, page_of
from course_tools.grading.results.marks import read_marks
from course_tools.grading.results.roster import read_roster
from course_tools.grading.results.status import LessonStatus, class_status

__all__ = [
    "ExportReport",
    "LessonStatus",
    "class_status",
    "export_csv",
    "export_marks",
    "make_feedback",
    "page_of",
    "read_marks",
    "read_roster",
]
