"""The pages that README.md becomes, cut at its headings; nothing in them is written twice."""

import re

from course_lib.errors import CourseError
from course_tools.authoring import Lesson

# Sections that say something about the checkout, which a reader of the site doesn't have.
LEFT_OUT = ("## What is where\n",)
_INDEX = """\
{introduction}
## The lessons

{table}
Each page shows a lesson with its answers (folded away: think first), its outputs and its plots.

```{{toctree}}
:hidden:
:caption: Lessons

{names}
```

```{{toctree}}
:hidden:
:caption: The course

start
docs/teaching
proof/index
rivals
benchmarks
course_lib/assets/PROVENANCE
course_lib/locale/PROVENANCE
```

```{{toctree}}
:hidden:
:caption: For authors

docs/writing_lessons
docs/grading
CONTRIBUTING
```
"""


def pages(readme: str, lessons: list[Lesson]) -> dict[str, str]:
    """Return name -> Markdown of the first page and of the one on starting.

    Raises:
        CourseError: README.md doesn't name a lesson.
    """
    linked = _with_links(readme, lessons)
    introduction, *sections = re.split(r"^(?=## )", linked, flags=re.MULTILINE)
    start = [each for each in sections if not each.startswith(LEFT_OUT)]
    index = _INDEX.format(
        introduction=introduction,
        table=re.search(r"^\| lesson \|.*\n(\|.*\n)+", linked, flags=re.MULTILINE).group(),
        names="\n".join(f"solutions/{lesson.name}" for lesson in lessons),
    )
    return {
        "index.md": index,
        "start.md": "# Start\n\n" + "".join(start),
    }


def _with_links(readme: str, lessons: list[Lesson]) -> str:
    """Return the text with a link to each lesson's page in the table of lessons."""
    for lesson in lessons:
        row = re.compile(rf"^\| ({lesson.name[:2]} .+?) \|", flags=re.MULTILINE)
        readme, found = row.subn(rf"| [\1](solutions/{lesson.name}.ipynb) |", readme)
        if found != 1:
            raise CourseError(f"README.md's table of lessons has {found} rows for {lesson.name}.")
    return readme


def title_of(lesson: Lesson) -> str:
    """Return the heading of a lesson, such as `05 · The ResNet50 example`."""
    return lesson.cells[0].source.partition("\n")[0].removeprefix("# ")


def escaped(text: str) -> str:
    """Return Markdown that shows `text` as it is."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
