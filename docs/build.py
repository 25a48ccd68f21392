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
from course_lib.language import ENGLISH, _, using
from course_tools.authoring import Lesson, configured_repository, find_sources, read_lesson
from docs import benchmark_page, pages, proof_pages, rivals_page
from docs.editions import FIRST_PAGE, Edition, editions, folder_of
from docs.lesson_page import lesson_page
from docs.links import broken_links
from docs.running import executed

DOCS = Path(__file__).parent
# Which files of the checkout become pages, or are linked to by pages, as patterns.
AS_THEY_ARE = (
    "CONTRIBUTING.md", "course_lib/*/PROVENANCE.md", "LICENSE",
    "docs/teaching.md", "docs/writing_lessons.md", "docs/grading.md", "docs/rooms.svg",
    "docs/_static/noto-sans-math-LICENSE.txt",
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
        html, found = Path(name, "html"), editions(root, lessons)
        for edition in found:
            source = Path(name, "source", edition.language)
            _gather(root, source, lessons, edition)
            for lesson in edition.lessons:
                run_it = lesson.name in chosen
                outputs = executed(lesson, folder / "executed", say) if run_it else None
                page = lesson_page(lesson, outputs, edition.language, configured_repository(root))
                nbformat.write(page, source / "solutions" / f"{lesson.name}.ipynb")
            say(f"Rendering the pages ({edition.language}) …")
            _render(source, html, edition, found)
        if broken := broken_links(html):
            raise CourseError("Links that lead nowhere:\n" + "\n".join(broken))
        if (folder / "html").exists():
            shutil.rmtree(folder / "html")
        shutil.move(html, folder / "html")
    return folder / "html"


def _gather(root: Path, source: Path, lessons: list[Lesson], edition: Edition) -> None:
    """Write all pages but the lessons, and put the files beside them that they link to."""
    is_english = edition.language == ENGLISH
    written = _english_pages(root, lessons) if is_english else _translated_pages(root, edition)
    for name, text in written.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in as_they_are(root) if is_english else ():
        copy = source / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (source / "solutions").mkdir()
    for kind in ("lessons", "solutions"):
        for lesson in edition.lessons:
            copy = source / "download" / kind / lesson.file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / kind / lesson.file, copy)


def as_they_are(root: Path) -> list[Path]:
    """Return the files of the checkout that become pages, or that pages link to."""
    return [path for pattern in AS_THEY_ARE for path in sorted(root.glob(pattern))]


def _english_pages(root: Path, lessons: list[Lesson]) -> dict[str, str]:
    answers = root / "answers"
    return {
        **pages.pages((root / "README.md").read_text(encoding="utf-8"), lessons),
        **proof_pages.pages(lessons, answers, answers / "verdicts"),
        "benchmarks.md": benchmark_page.page(),
        "rivals.md": rivals_page.page(),
    }


def _translated_pages(root: Path, edition: Edition) -> dict[str, str]:
    path = root / "docs" / FIRST_PAGE.format(language=edition.language)
    return {"index.md": pages.first_page(path.read_text("utf-8"), edition, path.name)}


def _render(source: Path, html: Path, edition: Edition, all_editions: list[Edition]) -> None:
    """Run Sphinx, to which a warning is an error, on what was gathered for an edition."""
    with using(edition.language):
        title = _("Pretrained models")
    settings = {
        "language": edition.in_sphinx,
        "html_title": title,
        "editions": ",".join(each.language for each in all_editions),
    }
    status = build_main([
        "-q", "-W", "--keep-going", "-c", str(DOCS),
        "-d", str(source.with_name(f"{source.name}-doctrees")),
        *(f"-D{name}={value}" for name, value in settings.items()),
        str(source), str(html / folder_of(edition.language)),
    ])  # fmt: skip
    if status:
        raise CourseError("The pages have mistakes; Sphinx names them above.")
