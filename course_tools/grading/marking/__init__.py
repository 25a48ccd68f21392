"""From a submission to its record: here, in worker processes, or on a Dask cluster."""

from course_tools.grading.marking.executors import How, default_jobs, open_executor, result_of
from course_tools.grading.marking.marker import (
    GRADER_VERSION,
    File,
    Marked,
    Submission,
    mark,
    record_key,
    unfinished,
)
from course_tools.grading.marking.worker import mark_here

__all__ = [
    "File",
    "GRADER_VERSION",
    "How",
    "Marked",
    "Submission",
    "default_jobs",
    "mark",
    "mark_here",
    "open_executor",
    "record_key",
    "result_of",
    "unfinished",
]
