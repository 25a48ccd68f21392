"""`python -m docs.rooms`: draw `docs/rooms.svg`, the picture of the rooms that code lies in.

Which rooms there are, and which lies above which, comes from the contracts of import-linter in
pyproject.toml; a test compares the picture with them. It is one file for a code host and the site,
for light and dark, and narrow enough for a phone.
"""

import textwrap
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from course_lib.errors import CourseError

PICTURE = Path(__file__).with_name("rooms.svg")
# The learner's code runs in the first; what else is visible there is read-only.
UNTRUSTED = "inside"
ALSO_INSIDE = ("wire", "processes", "course_lib")

_CAPTIONS = {
    "commands": "the `course` command",
    "proving": "the proof that checks judge rightly",
    "authoring": "from a lesson's source to its notebooks",
    "hooks": "what nbgrader's configuration points at",
    "run": "grades a whole class",
    "results": "marks, feedback, export",
    "marking": "marks one submission",
    "classroom": "files, gradebook, ledger",
    "judging": "trusted: runs the tests",
    "sandbox": "builds the walls, forks",
    "inside": "the learner's code",
    "record": "what became of a submission, as a type",
    "notebooks": "what cells mean",
    "wire": "what may pass",
    "processes": "watches, ends",
    "capacity": "cores and memory to use",
    "stored": "JSON, checked when read",
    "course_lib": "what a lesson's cell can import",
}

# Lengths in pixels of the drawing, which is as wide as a phone's text.
_WIDTH, _EDGE, _GAP, _LINE = 360.0, 8.0, 6.0, 14.0
_CHARACTER = 5.7  # of a caption, on average
_MOST_IN_A_LINE = 3
_STYLE = """\
svg { font: 11px system-ui, "Helvetica Neue", Arial, sans-serif; }
.paper { fill: #ffffff; } text { fill: #1f2328; } .name { font-size: 12px; font-weight: 600; }
.frame { fill: none; stroke: #6e7781; } .layer { fill: #dfe3e8; } .arrow { stroke: #6e7781; fill: none; }
.room { fill: #ffffff; stroke: #6e7781; } .both { stroke: #b42318; stroke-width: 1.5; stroke-dasharray: 3 2; }
.untrusted { fill: #fdecea; stroke: #b42318; stroke-width: 2.5; stroke-dasharray: 7 4; }
@media (prefers-color-scheme: dark) {
.paper { fill: #131416; } text { fill: #e6e6e6; } .frame { stroke: #8b949e; } .layer { fill: #454b55; }
.arrow { stroke: #8b949e; } .room { fill: #2a2f37; stroke: #8b949e; } .both { stroke: #ff9d90; }
.untrusted { fill: #3f1f1b; stroke: #ff9d90; }
}"""  # noqa: E501
_LEGEND = (
    (
        "room untrusted",
        "trust boundary, kept by the sandbox: nothing",
        "that comes out of it is believed",
    ),
    ("room both", "also visible in there, read-only"),
)


@dataclass(frozen=True)
class House:
    """The rooms from the highest layer down; those of one layer stand together."""

    tools: tuple[str, ...]
    grading: tuple[tuple[str, ...], ...]

    @classmethod
    def of_contracts(cls, pyproject: Path) -> "House":
        """Read the layers that import-linter keeps."""
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]
        layers = {
            container: each["layers"]
            for each in settings["contracts"]
            if each["type"] == "layers"
            for container in each.get("containers", [""])
        }
        if layers[""][-2:] != ["course_tools", "course_lib"]:
            raise CourseError("docs/rooms.py draws course_lib right below course_tools.")
        if layers["course_tools"][-1] != "grading":
            raise CourseError("docs/rooms.py draws grading as the lowest room of course_tools.")
        grading = (tuple(layer.split(" | ")) for layer in layers["course_tools.grading"])
        return cls(tuple(layers["course_tools"][:-1]), tuple(grading))


def description(house: House) -> str:
    """Return the picture in words, for those who can't see it."""
    layers = "; ".join(", ".join(layer) for layer in house.grading)
    return (
        "Rooms from top to bottom; imports point down. In course_tools: "
        f"{'; '.join(house.tools)}; grading, whose layers are {layers}. Below all of it: "
        f"course_lib. The trust boundary runs around {UNTRUSTED}, where the learner's code runs; "
        f"{', '.join(ALSO_INSIDE[:-1])} and {ALSO_INSIDE[-1]} are visible in there, too."
    )


def picture(house: House) -> str:
    """Return the drawing as SVG.

    Raises:
        CourseError: there is a room that `_CAPTIONS` has no words for.
    """
    drawing = _Drawing()
    with_grading = drawing.open_frame("course_tools", "what authors and instructors run")
    for name in house.tools:
        drawing.layer((name,), 2)
    grading = drawing.open_frame("grading", "from submissions to marks", 2)
    for layer in house.grading:
        drawing.layer(layer, 3)
    drawing.close_frame(*grading)
    drawing.close_frame(*with_grading)
    drawing.layer(("course_lib",), 1)
    drawing.legend()
    return drawing.svg(description(house))


class _Drawing:
    """Elements from top to bottom; `depth` is the number of frames that an element lies in."""

    def __init__(self) -> None:
        self._y = _EDGE
        self._elements: list[str] = []

    def open_frame(self, name: str, caption: str, depth: int = 1) -> tuple[float, int]:
        top = self._y
        self._words(_left(depth) + _GAP, top + _LINE, name, f": {caption}")
        self._y += _LINE + _GAP + 2
        return top, depth

    def close_frame(self, top: float, depth: int) -> None:
        self._rectangle("frame", _left(depth), top, _inner_width(depth), self._y - top)
        self._y += _GAP

    def layer(self, names: tuple[str, ...], depth: int) -> None:
        lines = [
            names[start : start + _MOST_IN_A_LINE]
            for start in range(0, len(names), _MOST_IN_A_LINE)
        ]
        top, position = self._y, len(self._elements)
        for line in lines:
            self._rooms(line, depth)
        if len(lines) > 1:
            left, width = _left(depth) - 4, _inner_width(depth) + 8
            band = _rectangle("layer", left, top - 4, width, self._y - top + 2)
            self._elements.insert(position, band)
            self._y += 2

    def _rooms(self, names: tuple[str, ...], depth: int) -> None:
        width = (_inner_width(depth) - _GAP * (len(names) - 1)) / len(names)
        captions = [_wrapped(name, width) for name in names]
        alone = len(names) == 1
        height = _LINE * (1 if alone else 1 + max(map(len, captions))) + 10
        for column, (name, caption) in enumerate(zip(names, captions, strict=True)):
            left = _left(depth) + column * (width + _GAP)
            self._rectangle(_kind(name), left, self._y, width, height)
            if alone:
                self._words(left + _GAP, self._y + _LINE + 2, name, f": {_caption(name)}")
                continue
            self._words(left + _GAP, self._y + _LINE + 2, name)
            for number, line in enumerate(caption, start=1):
                self._words(left + _GAP, self._y + _LINE * (number + 1) + 2, "", line)
        self._y += height + _GAP

    def legend(self) -> None:
        self._y += 2
        for kind, *lines in _LEGEND:
            self._rectangle(kind, _EDGE + 2, self._y + 2, 24, _LINE)
            for line in lines:
                self._words(_EDGE + 36, self._y + _LINE, "", line)
                self._y += _LINE
            self._y += _GAP
        self._words(_EDGE + 36, self._y + _LINE - 2, "", "imports point down")
        self._elements.append(
            f'<path class="arrow" d="M{_EDGE + 14:g} {self._y:g}v{_LINE:g}m-4 -5l4 5l4 -5"/>'
        )
        self._y += _LINE + _GAP

    def svg(self, words: str) -> str:
        size = f'width="{_WIDTH:g}" height="{self._y:g}" viewBox="0 0 {_WIDTH:g} {self._y:g}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f"<desc>{escape(words)}</desc>",
                f"<style>\n{_STYLE}\n</style>",
                f'<rect class="paper" width="{_WIDTH:g}" height="{self._y:g}" rx="6"/>',
                *self._elements,
                "</svg>\n",
            ]
        )

    def _rectangle(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        self._elements.append(_rectangle(kind, x, y, width, height))

    def _words(self, x: float, y: float, name: str, caption: str = "") -> None:
        bold = f'<tspan class="name">{escape(name)}</tspan>' if name else ""
        self._elements.append(f'<text x="{x:g}" y="{y:g}">{bold}{escape(caption)}</text>')


def _left(depth: int) -> float:
    return _EDGE * depth


def _inner_width(depth: int) -> float:
    return _WIDTH - 2 * _left(depth)


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect class="{kind}" {place} rx="4"/>'


def _kind(name: str) -> str:
    if name == UNTRUSTED:
        return "room untrusted"
    return "room both" if name in ALSO_INSIDE else "room"


def _caption(name: str) -> str:
    if name not in _CAPTIONS:
        raise CourseError(f"docs/rooms.py does not say what lies in {name!r}.")
    return _CAPTIONS[name].replace("`", "")


def _wrapped(name: str, width: float) -> list[str]:
    return textwrap.wrap(_caption(name), int((width - 2 * _GAP) / _CHARACTER))


def main() -> None:
    """Draw the picture from this checkout's pyproject.toml."""
    house = House.of_contracts(PICTURE.parents[1] / "pyproject.toml")
    PICTURE.write_text(picture(house), encoding="utf-8")


if __name__ == "__main__":
    main()
