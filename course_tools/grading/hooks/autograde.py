"""The course's grading behind nbgrader's own `autograde` and Formgrader's button.

nbgrader converts a submitted notebook in two steps, each with a list of preprocessors; `configure`
sets both lists and the exporter. So no cell is ever executed by nbgrader: the first step restores,
runs and judges the submission as `course grade` does, and writes the same ledger and marks.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import NbGraderPreprocessor

from course_tools.grading.classroom import read_notebook
from course_tools.grading.run import grade


class SubmissionExporter(NotebookExporter):
    """Passes on even what can't be read as a notebook, for `GradeSubmission` to give a verdict."""

    # nbconvert says that it returns a notebook; this exporter, like its base, returns text.
    def from_file(  # type: ignore[override]
        self, file_stream: Any, resources: dict | None = None, **more: Any
    ) -> tuple[str, dict]:
        """Read a notebook; one that can't be read is passed on as an empty one."""
        try:
            notebook = nbformat.read(file_stream, as_version=4)
        except Exception:  # any damage; GradeSubmission reads the file itself and reports it
            notebook = v4.new_notebook()
        return self.from_notebook_node(notebook, resources=resources, **more)


class GradeSubmission(NbGraderPreprocessor):
    """Grade the submission at hand, and continue with the marked notebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the marked notebook in place of the submitted one, which is ignored."""
        directory = Path(self.parent.parent.coursedir.root)
        lesson, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        [record] = grade(directory, lesson, students=[student], executor=_executor())
        for flag in record.flags:
            self.log.warning("%s: %s", student, flag)
        marked = read_notebook(directory, lesson, student)
        return nbformat.reads(marked, as_version=4), resources


@cache
def _executor() -> ThreadPoolExecutor:
    """Return an executor of one thread, which keeps its worker process warm between submissions."""
    return ThreadPoolExecutor(1, thread_name_prefix="course-grading")
