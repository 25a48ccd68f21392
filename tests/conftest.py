"""What test files of several folders share: the checkout, the built lessons, a tiny class."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from checkout import LESSONS, ROOT
from sampling import VARIABLE, sample_name
from scheduling import place, unit
from tiny import LESSON, solution_file

from course_tools.grading.classroom import init_class

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


@pytest.fixture(scope="session")
def fresh_class(tmp_path_factory):
    """A class directory that no test changes: making one costs seconds, copying it nothing."""
    folder = tmp_path_factory.mktemp("fresh")
    init_class(folder / "class", [solution_file(folder)], repository_root=None)
    return folder / "class"


@pytest.fixture
def class_directory(fresh_class, tmp_path):
    return Path(shutil.copytree(fresh_class, tmp_path / "class"))


@pytest.fixture
def plain_class(tmp_path):
    """A class directory as `collect` sees it; without nbgrader, so that it costs nothing."""
    directory = tmp_path / "class"
    for lesson in (LESSON, "02_other"):
        solution_file(directory / "source" / lesson, lesson)
    (directory / "nbgrader_config.py").touch()
    return directory


def pytest_report_header():
    return f"samples are drawn by {VARIABLE}={sample_name()!r}"


def pytest_collection_modifyitems(config, items):
    for item in items:
        if NUMBERS.fullmatch(item.path.name):
            item.add_marker(pytest.mark.numbers)
    if hasattr(config, "workerinput"):  # one of several processes of pytest-xdist
        items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist there is nothing to share out
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadFileScheduling

    class Units(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return unit(nodeid)

    return Units(config, log) if config.option.dist == "loadfile" else None
