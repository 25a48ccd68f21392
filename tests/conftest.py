"""What several test files share: where the checkout is, a cache of its own, the built lessons."""

import re
from pathlib import Path

import nbformat
import pytest
from sampling import VARIABLE, sample_name

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))
# What depends on floating-point numbers, and is run again on imitated machines; of other files
# single tests are marked.
NUMBERS = re.compile(
    r"test_(answers|backbones|choosing|delta|delta_results|efficientnet_lite|evaluation"
    r"|evaluation_metrics|explain|few_labels|finetuning|keras_facts\w*|pretraining|solar)\.py"
)


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


def pytest_report_header():
    return f"samples are drawn by {VARIABLE}={sample_name()!r}"


def pytest_collection_modifyitems(items):
    for item in items:
        if NUMBERS.fullmatch(item.path.name):
            item.add_marker(pytest.mark.numbers)
