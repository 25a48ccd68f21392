"""The site's editions: English, and below it one for each language that has a first page here.

An edition has every lesson. One that nobody has translated yet stands in it in English, and says
so. The other pages exist in English only. As an extension of Sphinx, this links each page with the
same one in the other editions.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale
from nbformat import NotebookNode
from sphinx.application import Sphinx

from course_lib.language import ENGLISH
from course_tools.authoring import (
    Lesson,
    instructor_notebook,
    read_translations,
    translated_notebook,
)

# The first page of the edition in a language, beside this file.
FIRST_PAGE = "index_{language}.md"
# What Sphinx calls a language, where that is not its code.
_IN_SPHINX = {"zh": "zh_CN"}


@dataclass(frozen=True)
class SolvedLesson:
    """A lesson with its answers, as one edition shows it.

    Attributes:
        name: such as "05_resnet50_transfer_learning".
        language: the code of the language that it is written in.
        notebook: its cells, without outputs.
    """

    name: str
    language: str
    notebook: NotebookNode

    @property
    def file(self) -> str:
        """Where its notebooks lie, below `lessons/` and `solutions/`."""
        return f"{folder_of(self.language)}{self.name}.ipynb"


@dataclass(frozen=True)
class Edition:
    """The site in one language, given by its code, and its lessons in order."""

    language: str
    lessons: tuple[SolvedLesson, ...]

    @property
    def in_sphinx(self) -> str:
        """What Sphinx calls the language."""
        return _IN_SPHINX.get(self.language, self.language)


def editions(root: Path, lessons: list[Lesson]) -> list[Edition]:
    """Return the editions of the course below `root`, the English one first.

    Raises:
        SourceError: a translation can't be used.
    """
    english = [SolvedLesson(each.name, ENGLISH, instructor_notebook(each)) for each in lessons]
    found = [Edition(ENGLISH, tuple(english))]
    for language, translated in sorted(read_translations(root, lessons).items()):
        if not (root / "docs" / FIRST_PAGE.format(language=language)).is_file():
            continue
        own = {
            lesson.name: SolvedLesson(
                lesson.name,
                language,
                translated_notebook(lesson, translated[lesson.name], language),
            )
            for lesson in lessons
            if lesson.name in translated
        }
        found.append(Edition(language, tuple(own.get(each.name, each) for each in english)))
    return found


def folder_of(language: str) -> str:
    """Return the folder of an edition, and of lessons and solutions: "" for English, or "zh/"."""
    return "" if language == ENGLISH else f"{language}/"


def setup(app: Sphinx) -> dict:
    """Give the templates `other_editions`: code, name and address for each other language."""
    app.add_config_value("editions", [ENGLISH], "html", [list])
    app.connect("html-page-context", _add_other_editions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_other_editions(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object
) -> None:
    here = str(app.config.language).partition("_")[0]
    to_english = "../" * (page.count("/") + folder_of(here).count("/"))
    context["other_editions"] = [
        (
            language,
            Locale.parse(language).display_name,
            f"{to_english}{folder_of(language)}{_counterpart(page, language)}.html",
        )
        for language in app.config.editions
        if language != here
    ]


def _counterpart(page: str, language: str) -> str:
    is_there = language == ENGLISH or page in ("index", "search") or page.startswith("solutions/")
    return page if is_there else "index"
