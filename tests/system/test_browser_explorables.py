"""Sliders of the lessons in JupyterLab, moved by hand, saved, and opened again without a kernel."""

import io
import time

import nbformat
import numpy as np
import pytest
from browser import (
    COURSE_LAB,
    PATIENCE,
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

pytestmark = pytest.mark.slow

WIDGET = "application/vnd.jupyter.widget-view+json"
# Stands in for what the lesson has computed before: a detector's scores, and what mistakes cost.
BEFORE_THE_THRESHOLD = """\
import numpy as np

from course_lib import plots

random = np.random.default_rng(0)
bird_validation = np.arange(1000) < 100
scores = 1 / (1 + np.exp(3 - random.normal(3 * bird_validation, 1.5)))
MISS, FALSE_ALARM = 10, 1
"""


def notebook_with_slider(root):
    """Return a notebook with the cell of lesson 06 in which the threshold is moved."""
    cells = read_lesson(root / "solutions" / "06_metrics.py").cells
    [moved] = [cell.source for cell in cells if "explore.slider(" in cell.source]
    kernel = {"display_name": "Python 3", "name": "python3", "language": "python"}
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (BEFORE_THE_THRESHOLD, moved)],
        metadata={"kernelspec": kernel},
    )


def wait_until(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.2)


def drawn(picture):
    """Return what a picture on the page looks like, as pixels."""
    return np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB"))


def differs(first, second):
    return first.shape != second.shape or np.abs(first.astype(int) - second).max() > 30


def test_a_slider_is_moved_saved_as_a_figure_and_opened_without_a_kernel(root, tmp_path):
    path = tmp_path / "work" / "slider.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook_with_slider(root), path)
    with jupyter_server([*COURSE_LAB, path.parent], tmp_path / "private") as server:
        with browser_page() as page:
            open_notebook(page, server, path.name)
            choose(page, "Run", "Run All Cells")
            picture = page.locator(".jp-OutputArea-output img")
            handle = page.locator(".noUi-handle")
            handle.wait_for()
            wait_for_idle_kernel(page)
            expect(picture).to_have_count(1)
            at_first = drawn(picture)
            assert (at_first[3].min(), at_first[-4].min()) == (255, 255), "on white"
            screenshot(page, "slider_light")

            handle.focus()
            page.keyboard.press("ArrowLeft")
            wait_until(lambda: differs(drawn(picture), at_first))
            screenshot(page, "slider_moved_light")
            page.keyboard.press("ArrowRight")
            wait_until(lambda: not differs(drawn(picture), at_first))

            choose(page, "File", "Save Notebook")
            wait_until(lambda: nbformat.read(path, 4).cells[1].outputs)
            choose(page, "Kernel", "Shut Down Kernel")
            page.get_by_text("No Kernel").first.wait_for()
            page.reload()
            picture.wait_for()
            expect(handle).to_have_count(0)
            expect(page.get_by_text("Error displaying widget")).to_have_count(0)
            assert not differs(drawn(picture), at_first)
            screenshot(page, "slider_opened_again_light")
    [output] = nbformat.read(path, 4).cells[1].outputs
    assert "image/png" in output.data and WIDGET not in output.data
