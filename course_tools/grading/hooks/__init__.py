"""What nbgrader is given to work with in a class: `configure`, called by its nbgrader_config.py.

What the names point at is imported when nbgrader first needs it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config

__all__ = ["configure"]

_EXCHANGE = "course_tools.grading.classroom.exchange"
_HOOKS = "course_tools.grading.hooks"


def configure(c: "Config") -> None:
    """Put the course's parts in place of nbgrader's own, in the configuration of a class.

    What the configuration sets after this call is what counts.
    """
    # Links are refused, what is replaced is kept, and one bad submission stops no other.
    c.ExchangeFactory.collect = f"{_EXCHANGE}.CollectFromExchange"
    c.ExchangeFactory.release_feedback = f"{_EXCHANGE}.ReleaseFeedback"
    # Submissions are restored, run in a sandbox and judged by the course's own grading, also when
    # `nbgrader autograde` or Formgrader's button is used.
    c.Autograde.exporter_class = f"{_HOOKS}.autograde.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [f"{_HOOKS}.autograde.GradeSubmission"]
    c.Autograde.autograde_preprocessors = []
    # nbgrader's own feedback shows hidden tests, and both it and Formgrader would run what a
    # learner's notebook holds in the browser of the one who looks.
    c.HTMLExporter.preprocessors = [f"{_HOOKS}.pages.HarmlessNotebook"]
    c.GenerateFeedback.exporter_class = f"{_HOOKS}.pages.FeedbackExporter"
    c.GenerateFeedback.preprocessors = []
    # For `nbgrader validate`, which runs a notebook as it is.
    c.Execute.timeout = 300
    c.Execute.startup_timeout = 120
    c.Execute.kernel_name = "python3"
