"""nbgrader's configuration for this class. It is yours to edit: the course never overwrites it."""
from pathlib import Path

c = get_config()

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "class"

# Where students work on the same machine, lessons can be handed out and collected through
# nbgrader's exchange: a folder that everyone may write to. For the students, the file
# `/etc/jupyter/nbgrader_config.py` has to name the same folder.
# c.Exchange.root = "/srv/nbgrader/exchange"
c.ExchangeFactory.collect = "course_lib.grading.exchange.CollectFromExchange"
c.ExchangeFactory.release_feedback = "course_lib.grading.exchange.ReleaseFeedback"

# Submissions are restored, run in a sandbox and judged by the course's own grading, also when
# `nbgrader autograde` or Formgrader's button is used.
c.Autograde.exporter_class = "course_lib.grading.seams.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["course_lib.grading.seams.GradeSubmission"]
c.Autograde.autograde_preprocessors = []

# Seconds that one cell may take, and all that one question needs; a question that is stopped is
# reported as such and has no score.
c.CourseGrading.cell_seconds = 3
c.CourseGrading.question_seconds = 900
# What one question's processes may use together.
c.CourseGrading.memory_bytes = 3 * 2**30
# Files that learners may hand in beside the notebook, by lesson: {"20_my_lesson": ["data.csv"]}
c.CourseGrading.submitted_files = {}

# For `nbgrader validate`, which runs a notebook as it is.
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
c.Execute.kernel_name = "python3"

# nbgrader's own feedback shows hidden tests, and both it and Formgrader would run what a learner's
# notebook holds in the browser of the one who looks.
c.HTMLExporter.preprocessors = ["course_lib.grading.nbgrader_plugins.HarmlessNotebook"]
c.GenerateFeedback.exporter_class = "course_lib.grading.nbgrader_plugins.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# What being late costs: a share of the score for each day begun after the due date, which
# `course class due` sets, up to a maximum. Nothing, until you change the first number.
c.CourseGrading.late_penalty_per_day = 0.1
c.CourseGrading.late_penalty_grace_minutes = 10
c.CourseGrading.late_penalty_maximum = 1.0
