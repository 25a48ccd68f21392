"""Figures that can be moved: a plain figure everywhere, and a slider where one can be shown."""

import base64
import io
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import v4

from course_lib import explore
from course_lib.errors import CourseError
from course_tools.authoring import execute

WIDGET = "application/vnd.jupyter.widget-view+json"
CELL = """\
import matplotlib.pyplot as plt

from course_lib import explore


def line(slope):
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, slope])
    return figure


explore.slider(line, [0, 1, 2], start=1, label="slope")
"""


class Drawing:
    """A function that draws and remembers for what."""

    def __init__(self):
        self.drawn = []

    def __call__(self, slope):
        self.drawn.append(slope)
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([0, 1], [0, slope])
        return figure


@pytest.fixture
def sliders(monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv(explore.VARIABLE, explore.ON)


def png_of(explorable):
    return base64.b64decode(explorable._repr_mimebundle_()["image/png"])


def test_where_nothing_is_known_of_sliders_the_figure_of_the_start_is_all(monkeypatch):
    monkeypatch.delenv(explore.VARIABLE, raising=False)
    draw = Drawing()
    shown = explore.slider(draw, [0, 1, 2], start=1, label="slope")
    assert set(shown._repr_mimebundle_()) == {"image/png", "text/plain"}
    assert png_of(shown).startswith(b"\x89PNG") and draw.drawn == [1]


def test_moving_the_slider_shows_another_figure_and_draws_each_only_once(sliders):
    draw = Drawing()
    shown = explore.slider(draw, [0, 0.5, 2.0], start=0.5, label="slope")
    slider, picture = shown.widget.children
    assert shown._repr_mimebundle_()[WIDGET]["model_id"] == shown.widget.model_id
    assert [name for name, _ in slider.options] == ["0", "0.5", "2"]
    assert picture.value == png_of(shown) and draw.drawn == [0.5]
    seen = []
    for position in (2, 0, 2, 1):
        slider.value = position
        seen.append(picture.value)
    assert seen[0] == seen[2] and seen[3] == png_of(shown)
    assert len(set(seen)) == 3 and draw.drawn == [0.5, 2.0, 0]


def test_a_slider_adds_a_line_to_what_is_saved_however_many_figures_it_has(sliders, monkeypatch):
    def size():
        shown = explore.slider(Drawing(), range(12), start=1, label="slope")
        for slider in [] if shown.widget is None else [shown.widget.children[0]]:
            for slider.value in range(12):
                pass
        return sum(len(str(each)) for each in shown._repr_mimebundle_().values())

    with_slider = size()
    monkeypatch.delenv(explore.VARIABLE)
    assert 0 < with_slider - size() < 200


def test_without_ipywidgets_the_figure_is_shown_and_nothing_is_said():
    code = "import sys\nsys.modules['ipywidgets'] = None\n"
    code += CELL.replace("explore.slider", "shown = explore.slider")
    code += "print(sorted(shown._repr_mimebundle_()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={"PATH": "", explore.VARIABLE: explore.ON, "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("['image/png', 'text/plain']\n", "")


@pytest.mark.parametrize("variable", ["", explore.ON])
def test_what_is_run_without_a_front_end_can_be_exported(tmp_path, monkeypatch, variable):
    """By the site, the grader or `course demo`; and by what is started from within `course lab`."""
    monkeypatch.setenv(explore.VARIABLE, variable)
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CELL)])
    execute(notebook, tmp_path)
    [output] = notebook.cells[0].outputs
    assert (WIDGET in output.data) == bool(variable) and output.data["image/png"]
    if not variable:
        assert "widgets" not in notebook.metadata
    notebook.metadata.pop("widgets", None)  # JupyterLab saves none
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    assert "data:image/png;base64," in page and WIDGET not in page


def test_a_figure_is_not_shown_twice_and_has_a_light_ground():
    def draw(value):
        figure, axes = plt.subplots(facecolor="black")
        axes.plot([0, value])
        return figure

    shown = explore.slider(draw, [1], start=1, label="value")
    assert not plt.get_fignums()
    pixels = plt.imread(io.BytesIO(png_of(shown)))
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("draw", "start", "words"),
    [
        (Drawing(), 3, "can't start at 3"),
        (lambda value: None, 1, "gave NoneType, not a Matplotlib figure"),
    ],
)
def test_bad_input_is_explained(draw, start, words):
    with pytest.raises(CourseError, match=words):
        explore.slider(draw, [0, 1], start=start, label="value")
