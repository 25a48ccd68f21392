"""The course's hooks in nbgrader: `configure`, which a class's nbgrader_config.py calls.

What the dotted names point at is imported when nbgrader first needs it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config

__all__ = ["configure"]

_EXCHANGE = "course_tools.grading.classroom.exchange"
_HOOKS = "course_tools.grading.hooks"


def configure(c: "Config") -> None:
    """Replace parts of nbgrader with the course's own, in the configuration of a class.

    Whatever the configuration sets after this call takes precedence.
    """
    # Links are refused, what is replaced is kept, and a bad submission does not stop the others.
    c.ExchangeFactory.collect = f"{_EXCHANGE}.CollectFromExchange"
    c.ExchangeFactory.release_feedback = f"{_EXCHANGE}.ReleaseFeedback"
    # The course's own grader restores submissions, runs them in a sandbox and judges them, even if
    # it is `nbgrader autograde` or Formgrader's button that is used.
    c.Autograde.exporter_class = f"{_HOOKS}.autograde.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [f"{_HOOKS}.autograde.GradeSubmission"]
    c.Autograde.autograde_preprocessors = []
    # nbgrader's own feedback shows hidden tests, and both it and Formgrader would run whatever a
    # learner's notebook contains in the reader's browser.
    c.HTMLExporter.preprocessors = [f"{_HOOKS}.pages.HarmlessNotebook"]
    c.GenerateFeedback.exporter_class = f"{_HOOKS}.pages.FeedbackExporter"
    c.GenerateFeedback.preprocessors = []
    # For `nbgrader validate`, which runs a notebook as it is.
    c.Execute.timeout = 300
    c.Execute.startup_timeout = 120
    c.Execute.kernel_name = "python3"
