"""From a submission to its record: here, in worker processes, or on a Dask cluster."""

from course_tools.grading.marking.executors import (
    RunOptions,
    default_jobs,
    open_executor,
    result_of,
)
from course_tools.grading.marking.marker import (
    GRADER_VERSION,
    File,
    Marked,
    Submission,
    mark,
    mark_as_undecided,
    record_key,
)
from course_tools.grading.marking.worker import mark_here

__all__ = [
    "File",
    "GRADER_VERSION",
    "Marked",
    "RunOptions",
    "Submission",
    "default_jobs",
    "mark",
    "mark_as_undecided",
    "mark_here",
    "open_executor",
    "record_key",
    "result_of",
]
