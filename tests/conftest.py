"""What several test files share: where the checkout is, a cache of its own, the built lessons."""

from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(params=LESSONS)
def lesson_name(request) -> str:
    return request.param


@pytest.fixture
def solution(lesson_name) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "solutions" / f"{lesson_name}.ipynb", as_version=4)


@pytest.fixture
def lesson(lesson_name) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "lessons" / f"{lesson_name}.ipynb", as_version=4)
