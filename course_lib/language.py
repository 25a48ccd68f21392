"""The language that a learner reads: English, or another one that `locale/` holds a catalogue of.

Each sentence stands in the code in English, inside `_(…)`, with its values as `{names}` that are
filled in afterwards, so that a translator can move them. `course translate` collects the sentences,
`course build` compiles the catalogues. English needs none: it is what the code says.
"""

import functools
import gettext
import os
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "COURSE_LANGUAGE"
ENGLISH = "en"
DOMAIN = "course"
LOCALE = Path(__file__).with_name("locale")

_of_notebook = ""
_of_block = ""
# In Chinese no line begins with these.
_CLOSING = frozenset("，。、；：！？）》」』】”’…")


def current() -> str:
    """Return the code of the language in use, such as "en" or "zh".

    A `using` block decides, then the environment variable `COURSE_LANGUAGE`, then the notebook.
    """
    return _of_block or os.environ.get(VARIABLE, "") or _of_notebook or ENGLISH


def set_for_notebook(code: str) -> None:
    """Say what language this notebook is written in; an empty code changes nothing."""
    global _of_notebook
    _of_notebook = code or _of_notebook


@contextmanager
def using(code: str) -> Iterator[None]:
    """Use a language inside the block, whatever the environment says."""
    global _of_block
    before, _of_block = _of_block, code
    try:
        yield
    finally:
        _of_block = before


def _(message: str) -> str:
    """Return a sentence in the language in use, in English where it isn't translated."""
    if not message:  # in a catalogue, that is the name of its head
        return ""
    return _catalogue(current()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that fits a number of things, like `_`."""
    return _catalogue(current()).ngettext(one, many, count)


def later(message: str) -> str:
    """Mark a sentence for translation and return it as it is; whoever shows it calls `_`."""
    return message


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return a line of text as lines of at most `width` columns, all but the first indented.

    A Chinese character takes two columns, and a line may end after it.
    """
    if columns(text) == len(text):
        return textwrap.wrap(text, width, subsequent_indent=indent)
    lines = [""]
    for piece in _pieces(text):
        room = width - columns(lines[-1])
        if columns(piece.rstrip()) > room and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append(indent + piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def columns(text: str) -> int:
    """Return how many columns a text takes where each letter is as wide as the others."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, `width` columns wide in all."""
    return text + " " * (width - columns(text))


def _pieces(text: str) -> list[str]:
    """Return the parts of a text between which a line may end."""
    pieces = [""]
    for character in text:
        before = pieces[-1][-1:]
        stays = character not in _CLOSING and character != " "
        is_wide = columns(character) == 2 or columns(before or " ") == 2
        if before and stays and (is_wide or before == " "):
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


@functools.cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [code], fallback=True)
