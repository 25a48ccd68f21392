"""The picture of the rooms and the tables beside it say what the contracts and the folders say."""

import pkgutil
import re

import pytest
from browser import browser_page, screenshot
from checkout import ROOT

import course_lib
from course_lib.errors import CourseError
from course_tools.grading.sandbox import warm
from docs import rooms

GUIDE = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
# Words that end to the right of the box that they begin in.
STICKING_OUT = """() => [...document.querySelectorAll("text")].filter(text => {
    const words = text.getBBox()
    const around = [...document.querySelectorAll("rect")].map(rect => rect.getBBox()).filter(box =>
        box.x <= words.x && words.x < box.x + box.width &&
        box.y <= words.y + 3 && words.y + words.height < box.y + box.height + 3)
    return words.x + words.width > Math.min(...around.map(box => box.x + box.width))
}).map(text => text.textContent)"""


@pytest.fixture
def house():
    return rooms.House.of_contracts(ROOT / "pyproject.toml")


def names_of_first_column(text):
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([\w/]+)`", row)]


def test_the_picture_and_its_words_follow_the_contracts(house):
    drawn = rooms.PICTURE.read_text(encoding="utf-8")
    assert drawn == rooms.picture(house), ".venv/bin/python -m docs.rooms draws it anew"
    [words] = re.findall(r"!\[(.+)\]\(rooms\.svg\)", GUIDE)
    assert words == rooms.description(house)


def test_a_room_that_the_picture_has_no_words_for_is_told(tmp_path):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text.replace("wire | ", "wire | cellar | "), "utf-8")
    with pytest.raises(CourseError, match="does not say what lies in 'cellar'"):
        rooms.picture(rooms.House.of_contracts(tmp_path / "pyproject.toml"))


def test_what_is_drawn_as_visible_to_learners_is_what_the_sandbox_shows():
    shown = {path.removeprefix("grading/").removesuffix(".py") for path in warm._RUNS_INSIDE}
    assert {rooms.UNTRUSTED, *rooms.ALSO_INSIDE} == {
        *(name for name in shown if not name.endswith("__init__")), "course_lib",
    }  # fmt: skip


def test_the_tables_name_every_room_and_every_module_that_lessons_import(house):
    tools = GUIDE.split("## From a submission to a mark")[0]
    grading = [f"grading/{name}" for layer in house.grading for name in layer]
    assert names_of_first_column(tools) == [*house.tools, *grading]
    guide = (ROOT / "docs" / "writing_lessons.md").read_text(encoding="utf-8")
    listed = guide.split("## What a lesson can import")[1].split("\n## ")[0]
    there = [each.name for each in pkgutil.iter_modules(course_lib.__path__)]
    assert sorted(names_of_first_column(listed)) == sorted(there)


@pytest.mark.slow
def test_words_stay_in_their_boxes():
    with browser_page(width=390, height=844) as page:
        page.goto(rooms.PICTURE.as_uri())
        screenshot(page, "rooms")
        assert page.evaluate("document.querySelectorAll('text').length") > 18
        assert page.evaluate(STICKING_OUT) == []
