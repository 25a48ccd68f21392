"""A lesson as a page: to be read from top to bottom, with answers and checks folded away."""

import copy

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode, v4

from course_lib.language import ENGLISH, _, using
from course_tools.grading.notebooks import is_answer, nbgrader_metadata
from docs.editions import SolvedLesson, folder_of

_DOWNLOAD = "{{download}}`{words} </download/{folder}/{file}>`"
_COLAB = "[{words}](https://colab.research.google.com/github/{place}/blob/main/lessons/{file})"
_NOTE = "\n:::{{note}}\n{words}\n:::\n"
_DETAILS_BEGIN, _DETAILS_END = "<details><summary>{summary}</summary>\n\n", "\n\n</details>"
_ANSWER_BEGINS, _ANSWER_ENDS = "<!-- BEGIN SOLUTION -->", "<!-- END SOLUTION -->"


def lesson_page(
    lesson: SolvedLesson, outputs: NotebookNode | None, edition: str, repository: str
) -> NotebookNode:
    """Return the lesson's notebook as MyST-NB is to show it.

    Args:
        lesson: the lesson.
        outputs: its notebook after a run; none, and the page says that it was not run.
        edition: the code of the language of the pages around it.
        repository: the web address of the course's repository, or "".
    """
    page = copy.deepcopy(outputs or lesson.notebook)
    # A progress bar writes over itself; a page shows where it ended.
    page, _resources = CoalesceStreamsPreprocessor().preprocess(page, {})
    with using(edition):
        for cell in page.cells:
            _fold(cell)
        above = " · ".join(_links(lesson, edition, repository)) + "\n"
        if lesson.language != edition:
            above += _NOTE.format(words=_("Nobody has translated this lesson yet."))
        if not outputs:
            words = _("This page was built without running the lesson, so it shows no outputs.")
            above += _NOTE.format(words=words)
    page.cells.insert(1, v4.new_markdown_cell(above))
    return page


def _links(lesson: SolvedLesson, edition: str, repository: str) -> list[str]:
    notebook, solved = (
        _DOWNLOAD.format(words=words, folder=folder, file=lesson.file)
        for words, folder in (
            (_("The notebook to work in"), "lessons"),
            (_("with the answers"), "solutions"),
        )
    )
    links = [notebook, solved, _proof(lesson.name, edition)]
    if repository:
        place = "/".join(repository.rstrip("/").removesuffix(".git").split("/")[-2:])
        links.append(_COLAB.format(words=_("open in Colab"), place=place, file=lesson.file))
    return links


def _proof(name: str, edition: str) -> str:
    words = _("what proves its checks")
    if edition == ENGLISH:
        return f"[{words}](/proof/{name}.md)"
    to_english = "../" * (1 + folder_of(edition).count("/"))
    return f'<a href="{to_english}proof/{name}.html">{words}</a>'


def _fold(cell: NotebookNode) -> None:
    """Fold an answer or a check away, behind words that say what it is."""
    if not nbgrader_metadata(cell):
        return
    if cell.cell_type == "markdown":
        begins = _DETAILS_BEGIN.format(summary=_("Show a good answer"))
        cell.source = cell.source.replace(_ANSWER_BEGINS, begins)
        cell.source = cell.source.replace(_ANSWER_ENDS, _DETAILS_END)
        return
    show, hide = (
        (_("Show the answer"), _("Hide the answer"))
        if is_answer(cell)
        else (_("Show the checks"), _("Hide the checks"))
    )
    cell.metadata["tags"] = ["hide-input"]
    cell.metadata["mystnb"] = {"code_prompt_show": show, "code_prompt_hide": hide}
