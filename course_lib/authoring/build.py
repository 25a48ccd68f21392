"""`course build`: every `solutions/NN_slug.py` becomes two notebooks, the same byte for byte."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from course_lib.authoring.notebooks import instructor_notebook, student_notebook
from course_lib.authoring.source import STEM, SourceError, read_lesson
from course_lib.errors import CourseError
from course_lib.files import write_atomically


def build(root: Path, *, check: bool = False, only: Iterable[str] = ()) -> list[Path]:
    """Generate the notebooks of the lessons below `root`, and return the files that changed.

    Nothing is written unless every source is good. A generated notebook whose source is gone is
    removed.

    Args:
        root: the course's checkout.
        check: write nothing; the returned files are those that are missing, stale or orphaned.
        only: lesson names or prefixes (`"05"`); all lessons when empty.

    Raises:
        SourceError: a source is bad; problems of all lessons are listed.
        CourseError: there is no such lesson.
    """
    sources = _sources(root, tuple(only))
    repository = configured_repository(root)
    generated = dict(_all_generated(root, sources, repository))
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
    """Return `[tool.course] repository` of `pyproject.toml`, a web address; `""` while unset."""
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
    """Return the lessons' sources: all, those that names or prefixes stand for, or given files.

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


def _all_generated(
    root: Path, sources: list[Path], repository: str
) -> Iterator[tuple[Path, bytes]]:
    problems = []
    for path in sources:
        try:
            instructor = instructor_notebook(read_lesson(path), repository)
        except SourceError as error:
            problems.append(str(error))
            continue
        name = f"{path.stem}.ipynb"
        yield root / "solutions" / name, _bytes(instructor)
        yield root / "lessons" / name, _bytes(student_notebook(instructor))
    if problems:
        raise SourceError("\n".join(problems))


def _bytes(notebook: nbformat.NotebookNode) -> bytes:
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")


def _orphans(root: Path, generated: dict[Path, bytes]) -> list[Path]:
    present = [
        path
        for folder in ("lessons", "solutions")
        for path in (root / folder).glob("[0-9][0-9]_*.ipynb")
    ]
    return [path for path in present if path not in generated and STEM.fullmatch(path.stem)]
