"""Pages that nbgrader shows or writes: notebooks in Formgrader, and feedback.

Formgrader's buttons and `nbgrader …` on the command line so give the same as `course …`.
"""

import re
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, v4
from traitlets import Bool

from course_tools.grading.results import page_of, sanitize

# MathJax, which Formgrader loads, turns these into links, styles and names.
_TEX_COMMAND = re.compile(r"\\(href|style|class|cssId|require)(?![A-Za-z])")
_TEXT = {"text/plain", "text/latex"}


class HarmlessNotebook(Preprocessor):
    """Sanitizes a notebook before nbconvert shows it (`c.HTMLExporter.preprocessors`).

    Formgrader shows a grader what learners wrote, with nbgrader's rights in the grader's browser.
    So only what `sanitize.py` lets through is shown. The code itself is escaped by nbconvert.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, index: int
    ) -> tuple[NotebookNode, Any]:
        """Sanitize one cell."""
        if cell.cell_type == "code":
            cell.outputs = [self._output(output) for output in cell.outputs]
        elif cell.cell_type == "markdown":
            attachments = cell.pop("attachments", None)
            cell.source = _block(sanitize.markdown(_harmless_tex(cell.source), attachments))
        else:  # nbconvert shows raw cells as they are
            cell = v4.new_markdown_cell(_block(sanitize.plain(cell.source)), metadata=cell.metadata)
        return cell, resources

    @staticmethod
    def _output(output: NotebookNode) -> NotebookNode:
        if output.output_type not in ("display_data", "execute_result"):
            return output
        data = {}
        for mime, content in output.data.items():
            text = "".join(content) if isinstance(content, list) else str(content)
            if mime == "text/html":
                data[mime] = str(sanitize.fragment(_harmless_tex(text)))
            elif mime == "text/markdown":
                data.setdefault("text/html", str(sanitize.markdown(_harmless_tex(text))))
            elif mime in _TEXT:
                data[mime] = _harmless_tex(text)
            elif sanitize.picture(mime, text):
                data[mime] = text.strip()
        output.data, output.metadata = data, {}
        return output


def _harmless_tex(text: str) -> str:
    return _TEX_COMMAND.sub(r"\\text{\1}", text)


def _block(html: str) -> str:
    """Return HTML as one line of Markdown, in which nothing is read as Markdown again."""
    return f"<div>{html.strip()}</div>".replace("\n", "&#10;")


class FeedbackExporter(HTMLExporter):
    """Makes the course's page of feedback (`c.GenerateFeedback.exporter_class`)."""

    # nbconvert says that it returns a notebook; this exporter, like its base, returns text.
    def from_filename(  # type: ignore[override]
        self, filename: str, resources: Any = None, **kwargs: Any
    ) -> tuple[str, Any]:
        """Return the page of the learner whose graded notebook `filename` is."""
        about = resources["nbgrader"]
        directory = Path(self.config.CourseDirectory.root)
        page = page_of(directory, about["assignment"], about["student"])
        resources["output_extension"] = self.file_extension
        return page, resources
