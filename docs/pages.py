"""The pages that README.md becomes, cut at its headings; nothing in them is written twice.

An edition in another language has a first page of its own, in `index_LANGUAGE.md` beside this file.
"""

import re
from collections.abc import Collection, Iterable

from course_lib.errors import CourseError
from course_lib.language import _, using
from course_tools.authoring import Lesson
from docs.editions import Edition

# Sections that say something about the checkout, which a reader of the site doesn't have.
LEFT_OUT = ("## What is where\n",)
_INDEX = """\
{introduction}
## The lessons

{table}
Each page shows a lesson with its answers (folded away: think first), its outputs and its plots.

{lessons}
```{{toctree}}
:hidden:
:glob:
:caption: The course

start
docs/teaching
proof/index
rivals
benchmarks
course_lib/*/PROVENANCE
```

```{{toctree}}
:hidden:
:caption: For authors

docs/writing_lessons
docs/grading
CONTRIBUTING
```
"""
_LESSONS = """
```{{toctree}}
:hidden:
:caption: {caption}

{names}
```
"""


def pages(readme: str, lessons: list[Lesson]) -> dict[str, str]:
    """Return name -> Markdown of the first page and of the one on starting.

    Raises:
        CourseError: README.md doesn't name a lesson.
    """
    names = [lesson.name for lesson in lessons]
    linked = _with_links(readme, names, "README.md")
    introduction, *sections = re.split(r"^(?=## )", linked, flags=re.MULTILINE)
    start = [each for each in sections if not each.startswith(LEFT_OUT)]
    index = _INDEX.format(
        introduction=introduction,
        table=re.search(r"^\| lesson \|.*\n(\|.*\n)+", linked, flags=re.MULTILINE).group(),
        lessons=_tree(names, "Lessons"),
    )
    return {
        "index.md": index,
        "start.md": "# Start\n\n" + "".join(start),
    }


def first_page(text: str, edition: Edition, file: str) -> str:
    """Return the first page of an edition: the text, with links in its table of lessons.

    A lesson that stands there in English is marked as such.

    Raises:
        CourseError: the text, which lies in `file`, doesn't name a lesson.
    """
    names = [lesson.name for lesson in edition.lessons]
    foreign = [each.name for each in edition.lessons if each.language != edition.language]
    with using(edition.language):
        linked = _with_links(text, names, file, foreign)
        return linked + _tree(names, _("Lessons"))


def _tree(names: Iterable[str], caption: str) -> str:
    pages = "\n".join(f"solutions/{name}" for name in names)
    return _LESSONS.format(caption=caption, names=pages)


def _with_links(
    text: str, names: Iterable[str], file: str, in_english: Collection[str] = ()
) -> str:
    """Return the text with a link to each lesson's page in the table of lessons."""
    for name in names:
        link = rf"[\1](solutions/{name}.ipynb)"
        if name in in_english:
            link = _("{link} (in English)").format(link=link)
        row = re.compile(rf"^\| ({name[:2]} .+?) \|", flags=re.MULTILINE)
        text, found = row.subn(f"| {link} |", text)
        if found != 1:
            raise CourseError(f"The table of lessons in {file} has {found} rows for {name}.")
    return text


def title_of(lesson: Lesson) -> str:
    """Return the heading of a lesson, such as `05 · The ResNet50 example`."""
    return lesson.cells[0].source.partition("\n")[0].removeprefix("# ")


def escaped(text: str) -> str:
    """Return Markdown that shows `text` as it is."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
