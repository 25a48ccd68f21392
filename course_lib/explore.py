"""Figures that can be moved: a slider where the notebook can show one, a plain figure elsewhere.

A lesson computes what it needs, writes a function that draws one value, and ends its cell with
`explore.slider(draw, values, …)`. What is saved, printed, exported and graded is the figure of the
starting value. Nothing here computes what is shown.
"""

import base64
import io
import numbers
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from course_lib.environment import on_colab
from course_lib.errors import CourseError
from course_lib.language import _

if TYPE_CHECKING:  # `course lab` reads VARIABLE, and must not wait for Matplotlib
    from matplotlib.figure import Figure

# "on" says that the program shows widgets, and shows the figure when a notebook is opened whose
# kernel is gone. `course lab` and Colab do; many others then show an error in its place.
VARIABLE = "COURSE_SLIDERS"
ON = "on"
_WIDGET = "application/vnd.jupyter.widget-view+json"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Explorable:
    """A figure, and perhaps the slider that moves it; shown as the last line of a cell.

    Attributes:
        png: the figure of the starting value, as the bytes of a PNG file.
        widget: the ipywidgets widget with slider and figure, or None where there is none.
    """

    png: bytes
    widget: Any = None

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        """Return both: a notebook shows the first that it understands, everything else the PNG."""
        bundle: dict[str, Any] = {
            "image/png": base64.b64encode(self.png).decode(),
            "text/plain": _("a figure"),
        }
        if self.widget is not None:
            bundle[_WIDGET] = self.widget.get_view_spec()
        return bundle


def slider(
    draw: Callable[[Value], "Figure"], values: Sequence[Value], *, start: Value, label: str
) -> Explorable:
    """Return a figure of `start` and, where the notebook can show it, a slider over `values`.

    Args:
        draw: value -> Matplotlib figure. It only draws: what takes long is computed before. A
            figure is drawn when the slider first comes to its value, and kept.
        values: what the slider can be moved to, from left to right.
        start: one of the values, shown at first, and for good where nothing can be moved.
        label: names the quantity, and stands in front of the slider.

    Raises:
        CourseError: `start` is not among the values, or `draw` returns something else.
    """
    choices = list(values)
    if start not in choices:
        problem = _("The slider can't start at {start}, which is not one of its values.")
        raise CourseError(problem.format(start=start))
    position = choices.index(start)
    frames = {position: _png(draw(start))}

    def frame(position: int) -> bytes:
        if position not in frames:
            frames[position] = _png(draw(choices[position]))
        return frames[position]

    names = [f"{each:g}" if isinstance(each, numbers.Real) else str(each) for each in choices]
    widget = _widget(frame, names, position, label) if _notebook_shows_sliders() else None
    return Explorable(frames[position], widget)


def _notebook_shows_sliders() -> bool:
    return os.environ.get(VARIABLE, ON if on_colab() else "") == ON


def _widget(frame: Callable[[int], bytes], names: list[str], position: int, label: str) -> Any:
    """Return a slider above the picture `frame(position)`, or None without ipywidgets."""
    try:
        import ipywidgets
    except ModuleNotFoundError:
        return None
    picture = ipywidgets.Image(value=frame(position), format="png", layout={"max_width": "100%"})
    moved = ipywidgets.SelectionSlider(
        options=[(name, index) for index, name in enumerate(names)],
        value=position,
        description=label,
        style={"description_width": "initial"},
        layout={"width": "min(32em, 100%)"},
    )

    def show(change: dict[str, Any]) -> None:
        picture.value = frame(change["new"])

    moved.observe(show, names="value")
    # By default a column stretches what stands in it, the picture too.
    return ipywidgets.VBox([moved, picture], layout={"align_items": "flex-start"})


def _png(figure: "Figure") -> bytes:
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        problem = _(
            "The function that draws gave {kind}, not a Matplotlib figure. End it with "
            "`return figure`."
        )
        raise CourseError(problem.format(kind=type(figure).__name__))
    plt.close(figure)  # or the notebook would show it once more, because it is still open
    content = io.BytesIO()
    # All of one size, so that nothing jumps when the slider moves; white also on a dark page.
    figure.savefig(content, format="png", facecolor="white")
    return content.getvalue()
