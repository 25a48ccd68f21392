"""The cells of a submitted notebook as plain text, whatever state the file is in.

`read_cells` is the door. It reads every nbformat, with or without ids and metadata, in UTF-8 or
UTF-16, and ignores outputs and whatever else may be damaged. It doesn't use nbformat's reader,
which refuses a notebook for a single bad output.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from course_lib.errors import CourseError
from course_tools.grading.notebooks.cells import CHECK_TITLE, grade_id, nbgrader_metadata

MAX_BYTES = 50 * 2**20
MAX_CELLS = 1000
MAX_ATTACHMENT_BYTES = 5 * 2**20
_MAX_MAGIC_LINES = 100
# Cell and line magics that run Python in the notebook's own names.
PYTHON_MAGICS = {"time", "timeit", "capture", "prun"}
# What parsing code can raise; RuntimeError from IPython, when a cell is all magic commands.
UNPARSABLE = (SyntaxError, ValueError, RuntimeError, MemoryError, SystemError)
_MAGIC_LINE = re.compile(r"^[ \t]*[!%?]|\?[ \t]*$|=[ \t]*[!%]", re.MULTILINE)
_ATTACHMENT_TYPES = {"image/png", "image/jpeg", "image/gif"}
# Says nothing that counts: a lesson may have been released with it or without it.
CHECK_TITLE_LINE = rf"{re.escape(CHECK_TITLE)}.*(?:\n|$)"
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\w\s]")
_MAX_TOKENS = 2000


class UnreadableError(CourseError):
    """No notebook can be read from a submitted file; the message says why."""


class Flags:
    """Sentences for the instructor, each with the position of the cell that it is about."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}

    def add(self, sentence: str, place: int = -1) -> None:
        """Add a sentence about the cell at `place` of the source (-1: the whole file), once."""
        self._found.setdefault(sentence, place)

    def sorted(self) -> tuple[str, ...]:
        """Return the sentences in the order of the cells."""
        return tuple(sorted(self._found, key=lambda sentence: self._found[sentence]))


@dataclass
class SubmittedCell:
    """One of the learner's cells; what it says about itself is no more than a hint."""

    index: int
    kind: str
    text: str
    name: str = ""
    cell_id: str = ""
    metadata: dict = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.normalized = normalized(self.text)
        self.defines = definitions(self.text)
        self.tokens = tokens(self.text)


def read_cells(submission: bytes, flags: Flags) -> list[SubmittedCell]:
    """Return the cells of a submitted file, in order; what had to be replaced goes into `flags`.

    Raises:
        UnreadableError: the file is empty, too large, not JSON, or JSON without cells.
    """
    if len(submission) > MAX_BYTES:
        raise UnreadableError(
            f"The file is larger than {MAX_BYTES // 2**20} MB. "
            "Clear the notebook's outputs and hand it in again."
        )
    notebook = _parse(_decode(submission, flags))
    raw = [cell for cell in _raw_cells(notebook) if isinstance(cell, dict)]
    if len(raw) > MAX_CELLS:
        raise UnreadableError(
            f"The notebook has {len(raw)} cells. More than {MAX_CELLS} are not read."
        )
    return [_submitted_cell(index, cell, flags) for index, cell in enumerate(raw)]


def _decode(submission: bytes, flags: Flags) -> str:
    if not submission.strip(b"\0\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise UnreadableError("The file is empty.")
    encoding = json.detect_encoding(submission)
    try:
        return submission.decode(encoding)
    except UnicodeDecodeError:
        flags.add("The file holds bytes that are not text; they were replaced.")
        return submission.decode(encoding, errors="replace")


def _parse(text: str) -> dict:
    try:
        notebook = json.loads(text.lstrip("\ufeff"), strict=False)
    except RecursionError as error:
        raise UnreadableError("The file is no notebook: it is nested too deeply.") from error
    except ValueError as error:
        if re.search(r"^(<{7}|>{7}|={7})(\s|$)", text, re.MULTILINE):
            raise UnreadableError(
                "The file holds the marks of a merge conflict (<<<<<<<), so it is no notebook."
            ) from error
        raise UnreadableError("The file is no notebook: it is not JSON.") from error
    if not isinstance(notebook, dict):
        raise UnreadableError("The file is JSON but no notebook.")
    return notebook


def _raw_cells(notebook: dict) -> list:
    cells = notebook.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = notebook.get("worksheets")  # nbformat 2 and 3
    if isinstance(sheets, list):
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for each in found if isinstance(each, list) for cell in each]
    raise UnreadableError("The file is JSON but no notebook: it has no cells.")


def _submitted_cell(index: int, cell: dict, flags: Flags) -> SubmittedCell:
    kind = cell.get("cell_type")
    text = next(
        (_as_text(cell[key]) for key in ("source", "input", "code", "text") if key in cell), ""
    )
    if kind == "heading":  # nbformat 3
        level = cell.get("level")
        size = level if isinstance(level, int) and level in range(1, 7) else 1
        text = "#" * size + " " + text
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    cleaned = cleaned.encode("utf-8", errors="replace").decode("utf-8")
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        flags.add(f"Cell {index + 1} held characters that are not text; they were replaced.")
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return SubmittedCell(
        index=index,
        kind=kind if kind in ("code", "raw") else "markdown",
        text=cleaned,
        name=grade_id(cell),
        cell_id=cell["id"] if isinstance(cell.get("id"), str) else "",
        metadata=dict(nbgrader_metadata(cell)),
        tags=tuple(each for each in tags if isinstance(each, str))
        if isinstance(tags, list)
        else (),
        attachments=_attachments(index, cell.get("attachments"), flags),
    )


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _attachments(index: int, given: object, flags: Flags) -> dict:
    """Return a cell's pictures, up to a size; a person who grades a written answer sees them."""
    kept: dict[str, dict[str, str]] = {}
    size = 0
    for name, bundle in given.items() if isinstance(given, dict) else ():
        for kind, content in bundle.items() if isinstance(bundle, dict) else ():
            content = _as_text(content)
            size += len(content)
            right = kind in _ATTACHMENT_TYPES and re.fullmatch(r"[A-Za-z0-9+/=\s]+", content)
            if right and size <= MAX_ATTACHMENT_BYTES and name.isprintable():
                kept.setdefault(name, {})[kind] = content
            else:
                flags.add(f"Cell {index + 1} had an attachment that is too large or no picture.")
    return kept


def normalized(text: str) -> str:
    """Return a text for comparison, without what the build and editors change in passing."""
    text = text.replace("/blob/main/solutions/", "/blob/main/lessons/")
    text = re.sub(f"^{CHECK_TITLE_LINE}", "", text, flags=re.MULTILINE)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def python_of(text: str) -> str:
    """Return a cell as plain Python, with IPython's own syntax turned into calls.

    Raises:
        one of `UNPARSABLE`: it isn't Python, or has so much of that syntax (each such line takes
            IPython another pass over the whole cell).
    """
    if len(_MAGIC_LINE.findall(text)) > _MAX_MAGIC_LINES:
        raise ValueError(f"more than {_MAX_MAGIC_LINES} magic commands in one cell")
    # Imported here, since it brings a shell along, which the judge must not have.
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(text)


def python_within(text: str) -> tuple[str, bool]:
    """Return the Python that a cell runs, and whether it does anything else.

    Below a cell magic such as `%%time` there is Python; what is below any other is left out. Code
    that can't be read as Python, even with IPython's syntax, is returned unchanged.
    """
    stripped = text.lstrip()
    if not stripped.startswith("%%"):
        try:
            return python_of(text), False
        except UNPARSABLE:
            return text, False
    first, _, body = stripped.partition("\n")
    magic, *_ = first.removeprefix("%%").split() or [""]
    if magic in PYTHON_MAGICS:
        return python_within(body)
    return "", True


def definitions(text: str) -> frozenset[str]:
    """Return the functions and classes that code defines at the left margin, parsable or not."""
    return frozenset(_DEFINITION.findall(text))


def tokens(text: str) -> Counter:
    """Return how often each word and sign occurs; Chinese, Japanese and Korean by character."""
    return Counter(_TOKEN.findall(text[: 20 * _MAX_TOKENS])[:_MAX_TOKENS])
