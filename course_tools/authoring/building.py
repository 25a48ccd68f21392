"""`course build`: every `solutions/NN_slug.py` becomes two notebooks, byte for byte reproducible.

It also writes `course_lib/lessons.json`, which says what exercises a lesson has; from it
`course_lib.progress` knows them even where there is no checkout. A lesson that has been translated
becomes two more notebooks, in `lessons/zh/` and `solutions/zh/`.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.authoring.notebooks import (
    instructor_notebook,
    student_notebook,
    translated_notebook,
)
from course_tools.authoring.source import (
    STEM,
    Lesson,
    SourceError,
    read_lesson,
    title_and_lesson,
)
from course_tools.authoring.translating import catalogue_path, compiled, languages, translated

OUTLINES = Path("course_lib", "lessons.json")


def build(root: Path, *, check: bool = False, only: Iterable[str] = ()) -> list[Path]:
    """Generate what is made from the lessons below `root`, and return the files that changed.

    Nothing is written unless every source is valid. A generated notebook whose source is gone is
    removed.

    Args:
        root: the course's checkout.
        check: write nothing; the returned files are those that are missing, stale or orphaned.
        only: lesson names or prefixes (`"05"`); all lessons when empty.

    Raises:
        SourceError: a source is invalid; the problems of all lessons are listed.
        CourseError: there is no such lesson.
    """
    sources = _sources(root, tuple(only))
    repository = configured_repository(root)
    lessons = _read_all(sources)
    translations = read_translations(root, lessons)
    generated = dict(_notebooks(root, lessons, repository))
    generated |= _translated_notebooks(root, lessons, translations, repository)
    generated |= filter(None, (compiled(root, language) for language in languages(root)))
    generated[root / OUTLINES] = _outlines(root, lessons, translations, keep_others=bool(only))
    stale = [
        path
        for path, content in generated.items()
        if not path.is_file() or path.read_bytes() != content
    ]
    orphans = [] if only else _orphans(root, generated)
    if not check:
        for path in stale:
            write_atomically(path, generated[path])
        for path in orphans:
            path.unlink()
    return sorted([*stale, *orphans])


def configured_repository(root: Path) -> str:
    """Return `[tool.course] repository` of `pyproject.toml`, a web address, or `""` if unset."""
    with open(root / "pyproject.toml", "rb") as file:
        return tomllib.load(file).get("tool", {}).get("course", {}).get("repository", "")


def find_root(start: Path) -> Path:
    """Return the course's checkout that `start` lies in, or the one this package is installed from.

    Raises:
        CourseError: neither is a checkout.
    """
    candidates = [start.resolve(), *start.resolve().parents, Path(__file__).resolve().parents[2]]
    for folder in candidates:
        if (folder / "solutions").is_dir() and (folder / "course_lib").is_dir():
            return folder
    raise CourseError(
        "This command needs a checkout of the course (the folder with lessons/ and solutions/). "
        "Change into it and try again."
    )


def find_sources(root: Path, only: Iterable[str]) -> list[Path]:
    """Return lesson sources: files given by path, lessons given by name or prefix, or else all.

    Raises:
        CourseError: there is no such lesson.
    """
    only = tuple(only)
    files = [Path(name) for name in only if name.endswith(".py")]
    names = tuple(name for name in only if not name.endswith(".py"))
    return [*files, *(_sources(root, names) if names or not files else [])]


def _sources(root: Path, only: tuple[str, ...]) -> list[Path]:
    sources = sorted((root / "solutions").glob("[0-9][0-9]_*.py"))
    unknown = [name for name in only if not any(path.stem.startswith(name) for path in sources)]
    if unknown:
        raise CourseError(
            f"There is no lesson {', '.join(unknown)}. There are: "
            f"{', '.join(path.stem for path in sources) or 'none'}."
        )
    return [path for path in sources if not only or path.stem.startswith(only)]


def _read_all(sources: list[Path]) -> list[Lesson]:
    lessons, problems = [], []
    for path in sources:
        try:
            lessons.append(read_lesson(path))
        except SourceError as error:
            problems.append(str(error))
    if problems:
        raise SourceError("\n".join(problems))
    return lessons


def _notebooks(root: Path, lessons: list[Lesson], repository: str) -> Iterator[tuple[Path, bytes]]:
    for lesson in lessons:
        instructor = instructor_notebook(lesson, repository)
        name = f"{lesson.name}.ipynb"
        yield root / "solutions" / name, _bytes(instructor)
        yield root / "lessons" / name, _bytes(student_notebook(instructor))


def read_translations(root: Path, lessons: list[Lesson]) -> dict[str, dict[str, Lesson]]:
    """Return language -> lesson's name -> the lesson in that language, where it is translated.

    Raises:
        SourceError: a catalogue is invalid; the problems of all are listed.
    """
    found: dict[str, dict[str, Lesson]] = {}
    problems = []
    for language in languages(root):
        for lesson in lessons:
            path = catalogue_path(root, language, lesson.name)
            if not path.is_file():
                continue
            try:
                found.setdefault(language, {})[lesson.name] = translated(lesson, path, language)
            except SourceError as error:
                problems.append(str(error))
    if problems:
        raise SourceError("\n".join(problems))
    return found


def _translated_notebooks(
    root: Path,
    lessons: list[Lesson],
    translations: dict[str, dict[str, Lesson]],
    repository: str,
) -> Iterator[tuple[Path, bytes]]:
    by_name = {lesson.name: lesson for lesson in lessons}
    for language, translated_lessons in translations.items():
        for name, translation in translated_lessons.items():
            instructor = translated_notebook(by_name[name], translation, language, repository)
            file = f"{name}.ipynb"
            yield root / "solutions" / language / file, _bytes(instructor)
            yield root / "lessons" / language / file, _bytes(student_notebook(instructor))


def _outlines(
    root: Path,
    lessons: list[Lesson],
    translations: dict[str, dict[str, Lesson]],
    *,
    keep_others: bool,
) -> bytes:
    """Return, as JSON, each lesson by its number: title, and titles of exercises by name.

    Where it is translated, the titles follow once more by the code of the language.
    """
    path = root / OUTLINES
    outlines = json.loads(path.read_text("utf-8")) if keep_others and path.is_file() else {}
    for lesson in lessons:
        outline = _titles(lesson)
        outline["written"] = any(cell.role == "written" for cell in lesson.cells)
        in_languages = {
            language: _titles(translated_lessons[lesson.name])
            for language, translated_lessons in translations.items()
            if lesson.name in translated_lessons
        }
        if in_languages:
            outline["languages"] = in_languages
        outlines[lesson.name[:2]] = outline
    text = json.dumps(dict(sorted(outlines.items())), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def _titles(lesson: Lesson) -> dict[str, Any]:
    checks = {
        cell.exercise: title_and_lesson(cell) for cell in lesson.cells if cell.role == "checks"
    }
    return {
        "title": lesson.cells[0].source.split("\n")[0].removeprefix("# "),
        "exercises": {name: title for name, (title, number) in checks.items() if number},
    }


def _bytes(notebook: nbformat.NotebookNode) -> bytes:
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")


def _orphans(root: Path, generated: dict[Path, bytes]) -> list[Path]:
    present = [
        path
        for folder in ("lessons", "solutions")
        for pattern in ("[0-9][0-9]_*.ipynb", "*/[0-9][0-9]_*.ipynb")
        for path in (root / folder).glob(pattern)
    ]
    return [path for path in present if path not in generated and STEM.fullmatch(path.stem)]
