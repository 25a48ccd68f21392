"""What learners wrote, as HTML that can do nothing: no script, style, request, form or frame.

Everything goes through `nh3`, which parses it as a browser does and writes out only what is listed
here. Attributes that could style or name an element are not listed, so that nothing can cover the
page or imitate a part of it. Pictures are data that begin like a PNG, JPEG, GIF or WebP.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

import nh3
from markupsafe import Markup, escape

Attachments = Mapping[str, Mapping[str, object]]

# Longer text is shown verbatim: parsing text that was made to be slow may take minutes.
MAX_MARKUP = 100_000
MAX_DEPTH = 200
MAX_PICTURE_BYTES = 8 * 2**20
# Characters of all pictures of one text: each may be named a thousand times.
MAX_PICTURES_LENGTH = 4 * MAX_PICTURE_BYTES
# Elements that a parser may add by itself, see `_repeated_elements`.
MAX_REPEATED = 500_000

_TAGS = frozenset(
    ("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del")
    + ("details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img")
    + ("ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong")
    + ("sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul")
    + ("var",)
)
# Elements that are removed with their content. One that is not closed takes all that follows with
# it, so `object` is not among them: `<object at 0x7f…>` occurs in what learners write.
_NOT_TEXT = frozenset(("script", "style", "template", "noscript", "iframe", "svg", "math"))
_ATTRIBUTES = {
    "*": (),  # otherwise `nh3` allows its own defaults, `lang` and `title`
    "td": ("colspan", "rowspan", "align"),
    "th": ("colspan", "rowspan", "align", "scope"),
    "col": ("span",),
    "ol": ("start",),
    "img": ("src", "alt", "title", "width", "height"),
    "a": ("href", "title"),
    "abbr": ("title",),
    "details": ("open",),
}
# This expects attributes as `nh3` writes them, so that its output is counted exactly.
_ELEMENT = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*)(?:\s+[\w-]+="[^"]*")*""")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source")
    + ("track", "wbr")
)
# A formatting element, with the rest of its tag if that is simple enough to be compared as text.
_FORMATTING = re.compile(
    r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])"
    r"""((?:\s+[\w-]+=(?:"[^"<>]*"|'[^'<>]*'))*>)?""",
    re.IGNORECASE,
)
# Control characters and lone surrogates, which are not text.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_NESTED_LISTS = re.compile(r"(?m)^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d+[.)](?=[ \t]))){40}")
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_PICTURE = re.compile(r"data:(image/[a-z]+);base64,([A-Za-z0-9+/=\s]+)")
_MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def fragment(html: str, attachments: Attachments | None = None) -> Markup:
    """Return HTML reduced to text, its structure, links and pictures.

    Args:
        html: the HTML.
        attachments: file name -> MIME type -> base64, as a notebook's cell keeps pictures.
    """
    if (
        len(html) > MAX_MARKUP
        or _depth(html) > MAX_DEPTH
        or _repeated_elements(html) > MAX_REPEATED
    ):
        return plain(html)
    cleaned = nh3.clean(
        _NO_CHARACTER.sub("\ufffd", html),
        tags=set(_TAGS),
        clean_content_tags=set(_NOT_TEXT),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute_filter(attachments or {}),
        url_schemes={"http", "https", "mailto", "data", "attachment"},
        link_rel=None,
    )
    return plain(html) if _depth(cleaned) > MAX_DEPTH else Markup(cleaned)


def markdown(text: str, attachments: Attachments | None = None) -> Markup:
    """Return Markdown as HTML, cleaned; formulas stay as they were typed."""
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    if len(text) > MAX_MARKUP or _NESTED_LISTS.search(text):
        return plain(text)
    try:
        html = MarkdownWithMath(renderer=_renderer()).render(text)
    except RecursionError:
        return plain(text)
    return fragment(html, attachments)


def plain(text: str) -> Markup:
    """Return text verbatim, preformatted."""
    return Markup(f"<pre>{escape(text)}</pre>")


def code(source: str) -> Markup:
    """Return Python code with Pygments' classes for its colours."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    if len(source) > MAX_MARKUP:
        return plain(source)
    return Markup(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def code_style(selector: str) -> str:
    """Return the style sheet that `code`'s classes need inside `selector`."""
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(style="default").get_style_defs(selector)


def picture(mime: str, data: str) -> str | None:
    """Return a picture as the address of an `img`; None unless it is of the type that it claims."""
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(content) > MAX_PICTURE_BYTES or not content.startswith(_MAGIC.get(mime, ())):
        return None
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _attribute_filter(attachments: Attachments) -> Callable[[str, str, str], str | None]:
    """Return what becomes of an attribute's value: a string, or None to leave it out."""
    left = MAX_PICTURES_LENGTH

    def kept(tag: str, name: str, value: str) -> str | None:
        nonlocal left
        if (tag, name) == ("img", "src"):
            address = _picture_address(value, attachments)
            left -= len(address or "")
            return address if left >= 0 else None
        if (tag, name) == ("a", "href"):
            return value if _LINK.match(value) else None
        return value if len(value) < 1000 else None

    return kept


def _picture_address(value: str, attachments: Attachments) -> str | None:
    """Return the address of a picture as data, from data or from an attachment's name."""
    scheme, _, name = value.partition(":")
    if scheme == "attachment":
        files = attachments.get(unquote(name))
        return _attached(files) if isinstance(files, Mapping) else None
    match = _PICTURE.fullmatch(value)
    return picture(match[1], match[2]) if match else None


def _attached(files: Mapping[str, object]) -> str | None:
    found = (picture(mime, str(data)) for mime, data in files.items())
    return next((address for address in found if address), None)


@cache
def _renderer() -> Any:
    from mistune import HTMLRenderer
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    class Renderer(IPythonRenderer):
        """Leaves the addresses of pictures alone: `fragment` resolves attachments."""

        image = HTMLRenderer.image

    return Renderer(escape=False, exclude_anchor_links=True)


def _depth(html: str) -> int:
    """Return roughly how deep elements are nested."""
    open_elements: Counter[str] = Counter()
    deepest = depth = 0
    for match in _ELEMENT.finditer(html):
        name = match[2].lower()
        if match[1] and open_elements[name]:
            open_elements[name] -= 1
            depth -= 1
        elif not match[1] and name not in _VOID:
            open_elements[name] += 1
            depth += 1
        deepest = max(deepest, depth)
    return deepest


def _repeated_elements(html: str) -> int:
    """Return a bound for the elements that a parser, like a browser's, adds while it parses.

    Formatting that is still open when its paragraph ends is reopened in everything that follows,
    three times at most if tag and attributes are the same (HTML standard, "reconstruct the
    active formatting elements"). So 100 kB of `<b a>…<b z><p>` could become millions of elements.
    """
    plain_tags, others = set(), 0
    for match in _FORMATTING.finditer(html):
        if match[1]:
            plain_tags.add(match[0])
        else:
            others += 1
    return (3 * len(plain_tags) + others) * html.count("<")
