"""Feedback: one page of HTML per learner, `DIR/feedback/STUDENT/LESSON/LESSON.html`.

The path is nbgrader's, so that Formgrader and `release_feedback` find the page. It shows the points
of each question with the check's message and a person's comments, the total, the late penalty, and
the marked notebook with its outputs. Two things a page never does:

- *Run or fetch anything.* What a learner wrote goes through `sanitize.py`; everything else is
  escaped by the template; and a Content-Security-Policy in the page forbids scripts, frames, forms
  and every request, should anything have slipped through.
- *Show a hidden test.* Their lines are cut from the test cells; outputs of test cells are left out;
  and wherever one of the lines is quoted (an output, a traceback, a message) it is redacted.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.classroom import DAY, read_source, resolve_lesson, students_with
from course_tools.grading.notebooks import grade_id, is_answer, is_graded, is_test, question_of
from course_tools.grading.record import Verdict
from course_tools.grading.results import sanitize
from course_tools.grading.results.feedback_page import (
    RESULTS,
    STYLE,
    TEMPLATE,
    TEXT,
    UNDECIDED,
)
from course_tools.grading.results.hidden_tests import HiddenTests
from course_tools.grading.results.marks import (
    WITHOUT_RESULT,
    LessonMark,
    MarkStatus,
    QuestionMark,
    read_marks,
)

MAX_TEXT = 20_000  # characters of one output
MAX_PAGE_MARKUP = 2_000_000  # characters of HTML and Markdown on one page; then it is shown as text

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)?", re.DOTALL)
# Control characters, those that change the direction of writing, and lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass
class FeedbackReport:
    """The students whose pages were written, and a sentence about each of the others."""

    lesson: str
    written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def make_feedback(
    directory: Path, lesson: str, students: Iterable[str] | None = None
) -> FeedbackReport:
    """Write a page for everyone whose submission is graded, each as a whole or not at all.

    Args:
        directory: the class directory.
        lesson: a lesson's id, or the start of one.
        students: only these; everyone who handed in when None.

    Raises:
        CourseError: DIR or the lesson is unknown, a student handed nothing in, or nobody did.
    """
    directory = Path(directory)
    lesson = resolve_lesson(directory, lesson)
    handed_in = students_with(directory, lesson)
    chosen = handed_in if students is None else list(dict.fromkeys(students))
    if unknown := [student for student in chosen if student not in handed_in]:
        raise CourseError(f"Not handed in {lesson}: {', '.join(unknown)}.")
    if not chosen:
        raise CourseError(f"Nobody has handed in {lesson} yet.")
    report = FeedbackReport(lesson)
    hidden = HiddenTests.within(read_source(directory, lesson))
    for mark in read_marks(directory, [lesson], chosen):
        if mark.status in WITHOUT_RESULT:
            report.problems.append(f"{mark.student}: {mark.status}. Grade {lesson} again first.")
            continue
        folder = directory / "feedback" / mark.student / lesson
        try:
            page = make_page(mark, _marked_notebook(directory, mark), hidden)
        except (
            Exception
        ) as error:  # whatever is wrong with one submission, the others get their pages
            report.problems.append(f"{mark.student}: {error if str(error) else repr(error)}")
            continue
        write_atomically(folder / f"{lesson}.html", page.encode("utf-8"))
        _write_what_release_needs(directory, mark, folder)
        report.written.append(mark.student)
    return report


def page_of(directory: Path, lesson: str, student: str) -> str:
    """Return the page of one student as text."""
    [mark] = read_marks(directory, [lesson], [student])
    hidden = HiddenTests.within(read_source(directory, lesson))
    return make_page(mark, _marked_notebook(Path(directory), mark), hidden)


def make_page(mark: LessonMark, notebook: NotebookNode | None, hidden: HiddenTests) -> str:
    """Return a page of feedback; `notebook` is the marked one with its outputs, if there is one."""
    questions = {question.id: _shown_question(question, hidden) for question in mark.questions}
    cells = None
    is_unreadable = mark.status is MarkStatus.UNREADABLE
    if notebook is not None and not is_unreadable:
        cells = _CellRenderer(hidden, questions).render(notebook)
    style = STYLE + sanitize.code_style(".code")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        text=TEXT,
        mark=mark,
        is_unreadable=is_unreadable,
        questions=list(questions.values()),
        totals=_totals(mark),
        cells=cells,
        style=Markup(style),
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string(TEMPLATE)


def _marked_notebook(directory: Path, mark: LessonMark) -> NotebookNode | None:
    lesson, student = mark.lesson, mark.student
    for path in (
        directory / "ledger" / lesson / f"{student}.ipynb",
        directory / "autograded" / student / lesson / f"{lesson}.ipynb",
    ):
        if path.is_file():
            try:
                return nbformat.read(path, as_version=4)
            except ValueError as error:
                raise CourseError(
                    f"{path} is damaged ({error!r:.200}). Grade {lesson} again."
                ) from error
    return None


def _write_what_release_needs(directory: Path, mark: LessonMark, folder: Path) -> None:
    """Copy the files that nbgrader's `release_feedback` reads beside the page, where they exist."""
    submitted = directory / "submitted" / mark.student / mark.lesson
    for name in ("timestamp.txt", "submission_secret.txt"):
        path = submitted / name
        if path.is_file() and not path.is_symlink():
            write_atomically(folder / name, path.read_bytes())


# -- points -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ShownQuestion:
    id: str
    result: str
    points: str
    message: str
    comment: Markup


def _shown_question(question: QuestionMark, hidden: HiddenTests) -> _ShownQuestion:
    score = "\u2013" if question.score is None else _number(question.score)
    waits = question.is_written and question.verdict is Verdict.NEEDS_HUMAN
    message = "" if waits else readable(hidden.redact(question.message))
    comment = visible(hidden.redact(question.comment))
    return _ShownQuestion(
        question.id,
        _result(question),
        f"{score} {TEXT['of']} {_number(question.max_score)}",
        message,
        sanitize.markdown(comment) if comment else Markup(),
    )


def _result(question: QuestionMark) -> str:
    if question.by_person:
        return RESULTS["person"]
    if question.score is None:
        return UNDECIDED.get(question.verdict, RESULTS["undecided"])
    if question.score >= question.max_score:
        return RESULTS["full"]
    return RESULTS["partial" if question.score > 0 else "none"]


def _totals(mark: LessonMark) -> list[tuple[str, str]]:
    decided = sum(question.score or 0.0 for question in mark.questions)
    final = mark.final_score is not None
    of = f" {TEXT['of']} {_number(mark.max_score)}"
    rows = [(TEXT["points_reached" if final else "points_so_far"], _number(decided) + of)]
    late = mark.lateness
    if late.due is not None:
        rows.append((TEXT["due"], _moment(late.due)))
    if late.received is not None:
        rows.append((TEXT["received"], _moment(late.received)))
    if late.seconds:
        rows.append((TEXT["late_by"], _duration(late.seconds)))
    if mark.penalty:
        rows += [
            (TEXT["score_before"], _number(decided)),
            (TEXT["late_penalty"], f"\u2212{_number(mark.penalty)}"),
            (TEXT["score_after"], _number(decided - mark.penalty) + of),
        ]
    return rows


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _duration(seconds: float) -> str:
    days, rest = divmod(round(seconds), DAY)
    hours, rest = divmod(rest, 3600)
    parts = [(days, TEXT["days"]), (hours, TEXT["hours"]), (-(-rest // 60), TEXT["minutes"])]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


# -- the notebook -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ShownCell:
    body: Markup
    is_code: bool
    label: str = ""
    theirs: str = ""  # the CSS class that marks what the learner wrote
    outputs: list[Markup] = field(default_factory=list)
    question: _ShownQuestion | None = None
    has_hidden: bool = False


class _CellRenderer:
    """Turns the cells of a marked notebook into what the page shows."""

    def __init__(self, hidden: HiddenTests, questions: dict[str, _ShownQuestion]):
        self._hidden, self._questions = hidden, questions
        self._markup_left = MAX_PAGE_MARKUP

    def render(self, notebook: NotebookNode) -> list[_ShownCell]:
        return [self._cell(cell) for cell in notebook.cells]

    def _cell(self, cell: NotebookNode) -> _ShownCell:
        is_code = cell.cell_type == "code"
        is_theirs = is_answer(cell) or cell.get("id", "").startswith("extra-")
        # Hidden regions are cut; an answer has none, and is shown whole.
        text = cell.source if is_answer(cell) else self._hidden.rules.released_text(cell)
        body = self._body(text, cell)
        label = ""
        if is_theirs:
            label = TEXT["your_answer" if is_answer(cell) else "your_cell"]
        elif is_test(cell):
            label = TEXT["tests"]
        outputs = [] if is_test(cell) else cell.get("outputs", [])
        return _ShownCell(
            body,
            is_code,
            label,
            " theirs" if is_theirs else "",
            [self._output(output) for output in outputs],
            self._questions.get(question_of(grade_id(cell))) if is_graded(cell) else None,
            has_hidden=is_test(cell) and text != cell.source.rstrip(),
        )

    def _body(self, text: str, cell: NotebookNode) -> Markup:
        text = self._hidden.redact(text)
        if cell.cell_type == "code":
            return sanitize.code(visible(text))
        if cell.cell_type == "markdown":
            return self._markdown(text, cell.get("attachments"))
        return sanitize.plain(readable(text))

    def _markdown(self, text: str, attachments: dict | None = None) -> Markup:
        if self._spend(text):
            return self._unless_quoting(sanitize.markdown(visible(text), attachments))
        return sanitize.plain(readable(text))

    def _unless_quoting(self, html: Markup) -> Markup:
        """Return cleaned HTML, or a note if its text quotes a hidden test, whatever the markup."""
        text = BeautifulSoup(html, "html.parser").get_text()
        return self._note(TEXT["left_out_hidden"]) if self._hidden.are_quoted_in(text) else html

    def _spend(self, text: str) -> bool:
        self._markup_left -= len(text)
        return self._markup_left >= 0

    def _output(self, output: NotebookNode) -> Markup:
        if output.output_type == "stream":
            return self._text(_joined(output.text))
        if output.output_type == "error":
            traceback = "\n".join(map(str, output.get("traceback", ())))
            return self._text(traceback or f"{output.get('ename')}: {output.get('evalue')}")
        return self._data(output.get("data", {}))

    def _data(self, data: dict) -> Markup:
        for mime in _PICTURES:
            address = sanitize.picture(mime, _joined(data[mime])) if mime in data else None
            if address:
                return Markup('<img src="{}" alt="">').format(address)
        html = _joined(data.get("text/html", ""))
        if html and len(html) <= sanitize.MAX_MARKUP and self._spend(html):
            return self._unless_quoting(sanitize.fragment(visible(html)))
        if "text/markdown" in data:
            return self._markdown(self._hidden.redact(_joined(data["text/markdown"])))
        for mime in ("text/latex", "text/plain"):
            if mime in data:
                return self._text(_joined(data[mime]))
        return self._note(f"{TEXT['left_out_kind']} ({', '.join(map(str, data))[:200]}).")

    def _text(self, text: str) -> Markup:
        text = readable(self._hidden.redact(_ANSI.sub("", text)))
        if len(text) > MAX_TEXT:
            text = f"{text[:MAX_TEXT]}\n{TEXT['cut']}"
        return sanitize.plain(text)

    @staticmethod
    def _note(text: str) -> Markup:
        return Markup('<span class="note">{}</span>').format(visible(text))


def readable(text: str) -> str:
    """Return text as a terminal would leave it: without colours or overwritten lines."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _ANSI.sub("", text).split("\n"))
    return visible("\n".join(lines))


def visible(text: str) -> str:
    """Return text in which characters that are invisible or reorder others are escaped."""
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text.replace("\r\n", "\n"))


def _joined(text: object) -> str:
    return "".join(map(str, text)) if isinstance(text, list | tuple) else str(text)
