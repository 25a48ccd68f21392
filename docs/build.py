"""Building the site: gather all pages as Markdown and notebooks in one folder, give it to Sphinx.

The gathered folder is laid out like the checkout, so that links in README.md, CONTRIBUTING.md and
the pages beside this file lead to the same files here and on a code host.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
from sphinx.cmd.build import build_main

from course_lib.errors import CourseError
from course_tools.authoring import Lesson, configured_repository, find_sources, read_lesson
from docs import benchmark_page, pages, proof_pages, rivals_page
from docs.lesson_page import lesson_page
from docs.links import broken_links
from docs.running import executed

DOCS = Path(__file__).parent
# Files of the checkout that become pages, or that pages link to.
AS_THEY_ARE = (
    "CONTRIBUTING.md", "course_lib/assets/PROVENANCE.md", "LICENSE",
    "docs/teaching.md", "docs/writing_lessons.md", "docs/grading.md", "docs/rooms.svg",
    "docs/_static/noto-sans-math-LICENSE.txt", "course_lib/locale/PROVENANCE.md",
)  # fmt: skip


def build_site(
    root: Path, folder: Path, *, run: Iterable[str] = (), say: Callable[[str], None] = print
) -> Path:
    """Render the course below `root` as a static site, and return the folder with its pages.

    A site that is there already is replaced when the new one is whole, and not before.

    Args:
        root: the course's checkout.
        folder: where the site (`html/`) and the notebooks with their outputs (`executed/`) go. A
            lesson that has not changed since it was run is not run again.
        run: names or prefixes of the lessons to run, all when empty. The others appear without
            outputs, and say so.
        say: told what is being done.

    Raises:
        CourseError: a lesson fails, a page has a mistake, or a link leads nowhere.
    """
    lessons = [read_lesson(path) for path in find_sources(root, ())]
    chosen = {path.stem for path in find_sources(root, tuple(run))}
    with tempfile.TemporaryDirectory() as name:
        source, html = Path(name, "source"), Path(name, "html")
        _gather(root, source, lessons)
        for lesson in lessons:
            outputs = executed(lesson, folder / "executed", say) if lesson.name in chosen else None
            page = lesson_page(lesson, outputs, configured_repository(root))
            nbformat.write(page, source / "solutions" / f"{lesson.name}.ipynb")
        say("Rendering the pages …")
        _render(source, html, Path(name, "doctrees"))
        if (folder / "html").exists():
            shutil.rmtree(folder / "html")
        shutil.move(html, folder / "html")
    return folder / "html"


def _gather(root: Path, source: Path, lessons: list[Lesson]) -> None:
    """Write all pages but the lessons, and put the files beside them that they link to."""
    answers = root / "answers"
    written = {
        **pages.pages((root / "README.md").read_text(encoding="utf-8"), lessons),
        **proof_pages.pages(lessons, answers, answers / "verdicts"),
        "benchmarks.md": benchmark_page.page(),
        "rivals.md": rivals_page.page(),
    }
    for name, text in written.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in AS_THEY_ARE:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, source / name)
    (source / "solutions").mkdir()
    for kind in ("lessons", "solutions"):
        shutil.copytree(
            root / kind, source / "download" / kind, ignore=shutil.ignore_patterns("*.py", ".*")
        )


def _render(source: Path, html: Path, doctrees: Path) -> None:
    """Run Sphinx, to which a warning is an error, and look at every link of what comes out."""
    status = build_main(
        ["-q", "-W", "--keep-going", "-c", str(DOCS), "-d", str(doctrees), str(source), str(html)]
    )
    if status:
        raise CourseError("The pages have mistakes; Sphinx names them above.")
    if broken := broken_links(html):
        raise CourseError("Links that lead nowhere:\n" + "\n".join(broken))
