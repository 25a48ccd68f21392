"""A lesson as a page: to be read from top to bottom, with answers and checks folded away."""

import copy

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode, v4

from course_tools.authoring import Lesson, instructor_notebook
from course_tools.grading.notebooks import is_answer, nbgrader_metadata

_LINKS = """\
{{download}}`The notebook to work in </download/lessons/{name}.ipynb>` ·
{{download}}`with the answers </download/solutions/{name}.ipynb>` ·
[what proves its checks](/proof/{name}.md){colab}
"""
_COLAB = " · [open in Colab](https://colab.research.google.com/github/{place}.ipynb)"
_NOT_RUN = """
:::{note}
This page was built without running the lesson, so it shows no outputs.
:::
"""
_ANSWER_BEGINS = "<!-- BEGIN SOLUTION -->\n**A good answer.**"
_ANSWER_ENDS = "<!-- END SOLUTION -->"


def lesson_page(lesson: Lesson, outputs: NotebookNode | None, repository: str) -> NotebookNode:
    """Return the lesson's notebook as MyST-NB is to show it.

    Args:
        lesson: the lesson.
        outputs: its solved notebook after a run; none, and the page says that it was not run.
        repository: the web address of the course's repository, or "".
    """
    page = copy.deepcopy(outputs) if outputs else instructor_notebook(lesson)
    # A progress bar writes over itself; a page shows where it ended.
    page, _ = CoalesceStreamsPreprocessor().preprocess(page, {})
    for cell in page.cells:
        has_a_task = bool(nbgrader_metadata(cell))
        if has_a_task and cell.cell_type == "code":
            _fold(cell, "the answer" if is_answer(cell) else "the checks")
        elif has_a_task:
            cell.source = _with_folded_answer(cell.source)
    page.cells.insert(1, v4.new_markdown_cell(_links(lesson.name, repository)))
    if not outputs:
        page.cells[1].source += _NOT_RUN
    return page


def _links(name: str, repository: str) -> str:
    owner_and_name = "/".join(repository.rstrip("/").removesuffix(".git").split("/")[-2:])
    place = f"{owner_and_name}/blob/main/lessons/{name}"
    return _LINKS.format(name=name, colab=_COLAB.format(place=place) if repository else "")


def _fold(cell: NotebookNode, what: str) -> None:
    cell.metadata["tags"] = ["hide-input"]
    cell.metadata["mystnb"] = {
        "code_prompt_show": f"Show {what}",
        "code_prompt_hide": f"Hide {what}",
    }


def _with_folded_answer(text: str) -> str:
    begin = "<details><summary>Show a good answer</summary>\n\n"
    return text.replace(_ANSWER_BEGINS, begin).replace(_ANSWER_ENDS, "\n\n</details>")
