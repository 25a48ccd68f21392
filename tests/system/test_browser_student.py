"""A learner in JupyterLab, as `make lab` starts it, in a real browser.

What the browser shows is kept in `test-output/` for a person to look at.
"""

import io

import nbformat
import numpy as np
import pytest
from browser import (
    COURSE_LAB,
    browser_page,
    choose,
    jupyter_server,
    open_notebook,
    screenshot,
    wait_for_idle_kernel,
)
from PIL import Image
from playwright.sync_api import expect

from course_tools.authoring import read_lesson
from course_tools.commands.sample_class import write_submission

pytestmark = pytest.mark.slow

# Validate runs a whole lesson, and the machine may be busy with other tests, in milliseconds.
A_WHOLE_LESSON = 1_200_000
INSTRUCTORS = ["Formgrader", "Create Assignment", "Course List", "Assignment List"]


def answer(page, function, line):
    """Type a line of code in place of `raise NotImplementedError()` and run the cell."""
    cell = page.locator(".jp-CodeCell", has_text=f"def {function}")
    cell.locator(".cm-line", has_text="raise NotImplementedError()").click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.type(line)
    page.keyboard.press("Shift+Enter")


def check_cell(page, line):
    """Return the check cell whose first line, all of it that shows when folded, ends like this."""
    return page.locator(".jp-CodeCell", has_text=f"# @title ▶ {line}")


def assert_is_folded(cell):
    """The first line shows, and no code."""
    expect(cell.locator(".jp-InputPlaceholder")).to_be_visible()
    expect(cell.locator(".cm-line")).to_have_count(0)
    assert cell.locator(".jp-Cell-inputWrapper").bounding_box()["height"] < 60


def unfold(cell):
    cell.locator(".jp-InputPlaceholder").click()
    expect(cell.locator(".jp-InputPlaceholder")).to_have_count(0)
    expect(cell.locator(".cm-line", has_text="with checks.exercise(")).to_be_visible()


def assert_hint_unfolds(page, text):
    """A click on the summary shows the hint, which is hidden before."""
    hint = page.locator(".jp-RenderedMarkdown details", has_text=text).first
    shown = hint.get_by_text(text)
    expect(shown).not_to_be_visible()
    hint.locator("summary").click()
    expect(shown).to_be_visible()


def run_next(page):
    """Run the selected cell: the one below that which has just been run."""
    page.keyboard.press("Shift+Enter")


def run_with_button(page):
    page.locator(
        ".jp-ToolbarButtonComponent[data-command='notebook:run-cell-and-select-next']"
    ).click()


def validate(page):
    """Press nbgrader's button and return the text that it shows."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for(timeout=A_WHOLE_LESSON)
    return dialog.inner_text()


def close_dialog(page):
    page.locator(".jp-Dialog").get_by_role("button").last.click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def test_lesson_00_in_the_dark_theme(tmp_path):
    work = tmp_path / "work"
    with jupyter_server([*COURSE_LAB, work], tmp_path / "private") as server:
        with browser_page() as page:
            open_notebook(page, server, "00_start_here.ipynb")
            choose(page, "Settings", "Theme", "JupyterLab Dark")
            expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
            # Exactly, as menus and buttons are called; the lesson itself names one of them.
            for name in [*INSTRUCTORS, "Nbgrader"]:
                expect(page.get_by_text(name, exact=True)).to_have_count(0)
            expect(page.get_by_text("Would you like to get notified")).to_have_count(0)
            screenshot(page, "lesson_00_opened_dark")

            choose(page, "Run", "Run All Cells")
            page.get_by_text(
                "✗ Count the parameters: not written yet."
            ).scroll_into_view_if_needed()
            check = check_cell(page, "Check: Count the parameters")
            assert_is_folded(check)
            screenshot(page, "lesson_00_failed_dark")
            assert_hint_unfolds(page, "Scroll up to the layer")
            screenshot(page, "lesson_00_hint_dark")
            said = validate(page)
            assert "✗ Count the parameters: not written yet." in said
            screenshot(page, "lesson_00_validate_failed_dark")
            close_dialog(page)

            answer(page, "dense_parameters", "return inputs * outputs + outputs")
            run_next(page)
            check.get_by_text("✓ Count the parameters: correct.").wait_for()
            check.get_by_text("Lesson 00: all exercises are done.").wait_for()
            assert_is_folded(check)
            screenshot(page, "lesson_00_right_dark")
            unfold(check)
            screenshot(page, "lesson_00_unfolded_dark")
            choose(page, "Run", "Run All Cells")
            page.get_by_text("Next: lesson 01, Exercise 1.").scroll_into_view_if_needed()
            screenshot(page, "lesson_00_progress_dark")
            assert "Success! Your notebook passes all the tests." in validate(page)
            screenshot(page, "lesson_00_validated_dark")


def test_the_last_open_exercise_of_lesson_05(root, tmp_path):
    name = "05_resnet50_transfer_learning"
    work = tmp_path / "work"
    lesson = read_lesson(root / "solutions" / f"{name}.py")
    done = {cell.exercise: cell.source for cell in lesson.cells if cell.role == "solution"}
    del done["caffe_preprocess"]
    write_submission(root / "lessons" / f"{name}.ipynb", done, work / f"{name}.ipynb")
    line = 'return images[..., ::-1].astype("float32") - [103.939, 116.779, 123.68]'
    with jupyter_server([*COURSE_LAB, work], tmp_path / "private") as server:
        with browser_page() as page:
            open_notebook(page, server, f"{name}.ipynb")
            choose(page, "Run", "Run All Cells")
            page.get_by_text("✗ Exercise 1: not written yet.").scroll_into_view_if_needed()
            page.get_by_text("Lesson 05: 0 of 6 exercises done; next: Exercise 1.").wait_for()
            check = check_cell(page, "Check exercise 1")
            assert_is_folded(check)
            screenshot(page, "lesson_05_failed_light")
            assert_hint_unfolds(page, "Work out one pixel on paper")
            screenshot(page, "lesson_05_hint_light")
            answer(page, "caffe_preprocess", line)
            run_next(page)
            check.get_by_text("✓ Exercise 1: correct.").wait_for()
            assert_is_folded(check)
            page.get_by_text("Lesson 05: 1 of 6 exercises done; next: Exercise 2.").wait_for()
            screenshot(page, "lesson_05_right_light")

            choose(page, "File", "Save Notebook")
            choose(page, "Kernel", "Restart Kernel…")
            page.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
            page.reload()
            wait_for_idle_kernel(page)
            page.get_by_text("✓ Exercise 1: correct.").wait_for()
            unfold(check)
            run_with_button(page)
            page.get_by_text("name 'caffe_preprocess' is not defined").wait_for()
            screenshot(page, "lesson_05_unfolded_light")
            page.locator(".cm-line", has_text="def caffe_preprocess").click()
            page.keyboard.press("Shift+Enter")
            run_next(page)
            page.get_by_text("✓ Exercise 1: correct.").wait_for()
            screenshot(page, "lesson_05_restarted_light")
    saved = nbformat.read(work / f"{name}.ipynb", as_version=4)
    (cell,) = (c for c in saved.cells if c.id == "caffe_preprocess")
    assert line in cell.source


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_plots_are_legible(root, tmp_path, theme):
    """All text of a plot is dark, so it needs its own light ground in either theme."""
    cell = nbformat.v4.new_code_cell(
        f"import sys\nsys.path.append({str(root / 'tests' / 'support')!r})\n"
        "import figures\n"
        "for figure in figures.all_plots():\n"
        "    display(figure)"
    )
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=kernel)
    nbformat.write(notebook, tmp_path / "plots.ipynb")
    with jupyter_server([*COURSE_LAB, tmp_path], tmp_path / "private") as server:
        with browser_page(height=4500) as page:
            open_notebook(page, server, "plots.ipynb")
            choose(page, "Settings", "Theme", f"JupyterLab {theme}")
            choose(page, "Run", "Run All Cells")
            pictures = page.locator(".jp-OutputArea-output img")
            expect(pictures).to_have_count(9)
            wait_for_idle_kernel(page)
            screenshot(page, f"plots_{theme.lower()}")
            for picture in pictures.all():
                assert is_on_white(picture.screenshot())


def is_on_white(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return (pixels[3].min(), pixels[-4].min()) == (255, 255)
