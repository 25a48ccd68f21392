"""What learners wrote, as HTML that can do nothing: no script, style, request, form or frame.

Everything goes through `bleach` at the end, which parses it as a browser does and writes out only
what is listed here. Attributes that could style or name an element are not, so that nothing can lie
over the page or imitate a part of it. Pictures are data that begin like a PNG, JPEG, GIF or WebP.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote

import bleach
from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup
from markupsafe import Markup, escape

Attachments = Mapping[str, Mapping[str, object]]

# Longer text is shown as it is: parsing what somebody made to be slow may take minutes.
MAX_MARKUP = 100_000
MAX_DEPTH = 200
MAX_PICTURE_BYTES = 8 * 2**20

_TAGS = frozenset(
    ("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del")
    + ("details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img")
    + ("ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong")
    + ("sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul")
    + ("var",)
)
# Elements whose content is not meant to be read.
_NOT_TEXT = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title",
             "textarea", "select", "head")  # fmt: skip
_PLAIN_ATTRIBUTES = {
    "td": ("colspan", "rowspan", "align"),
    "th": ("colspan", "rowspan", "align", "scope"),
    "col": ("span",),
    "ol": ("start",),
    "img": ("alt", "title", "width", "height"),
    "a": ("title",),
    "abbr": ("title",),
    "details": ("open",),
}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
         "track", "wbr"}  # fmt: skip
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
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
    """Return HTML with nothing left in it but text, its structure, links and pictures.

    Args:
        html: the HTML.
        attachments: file name -> MIME type -> base64, as a notebook's cell keeps pictures.
    """
    if len(html) > MAX_MARKUP or html.count("<!") > MAX_DEPTH or _depth(html) > MAX_DEPTH:
        return plain(html)
    try:
        soup = BeautifulSoup(html, "html.parser")
        for element in soup.find_all(_NOT_TEXT):
            element.decompose()
        for image in soup.find_all("img", src=re.compile("^attachment:")):
            name = unquote(image["src"].partition(":")[2])
            image["src"] = _attached(dict((attachments or {}).get(name) or {}))
        return Markup(_cleaner().clean(str(soup)))
    except (RecursionError, ParserRejectedMarkup):
        return plain(html)


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
    """Return text as it is, in a box that keeps its lines."""
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
    """Return a picture as the address of an `img`, or None unless it is what it says it is."""
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(content) > MAX_PICTURE_BYTES or not content.startswith(_MAGIC.get(mime, ())):
        return None
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return bool(_LINK.match(value))
    if tag == "img" and name == "src":
        match = _PICTURE.fullmatch(value)
        return match is not None and picture(match[1], match[2]) is not None
    return name in _PLAIN_ATTRIBUTES.get(tag, ()) and len(value) < 1000


def _attached(files: Mapping[str, object]) -> str:
    found = (picture(mime, str(data)) for mime, data in files.items())
    return next((address for address in found if address), "")


@cache
def _renderer() -> object:
    from mistune import HTMLRenderer
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    class Renderer(IPythonRenderer):
        """Leaves the addresses of pictures alone: `fragment` knows the attachments."""

        image = HTMLRenderer.image

    return Renderer(escape=False, exclude_anchor_links=True)


@cache
def _cleaner() -> bleach.Cleaner:
    return bleach.Cleaner(
        tags=_TAGS,
        attributes=_allowed,
        protocols=frozenset({"http", "https", "mailto", "data"}),
        strip=True,
        strip_comments=True,
    )


def _depth(html: str) -> int:
    """Return about how deep elements are nested."""
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
