"""Looking at every link of a built site."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

# Where an element names what the browser is to load by itself.
_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


def broken_links(html: Path) -> list[str]:
    """Return what is wrong with the links of the pages below a folder, as lines.

    A link within the site has to lead to a file, and to a place in it that is there. Pages load
    nothing from elsewhere: they are to be read without a network.
    """
    pages = {path: _read(path) for path in sorted(html.rglob("*.html"))}
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    problems = []
    for path, page in pages.items():
        where = path.relative_to(html)
        for tag in page.find_all([*_LOADED, "a"]):
            attribute = _LOADED.get(tag.name, "href")
            address = tag.get(attribute)
            if not address or address == "#":
                continue
            link = urlsplit(address)
            if link.scheme == "data":
                continue
            if link.scheme or link.netloc:
                if tag.name != "a":
                    problems.append(f"{where} loads {address}")
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path.resolve()
            if target.is_dir():
                target /= "index.html"
            known = ids.get(target)
            if not target.is_file():
                problems.append(f"{where}: {address} is not there")
            elif link.fragment and known is not None and unquote(link.fragment) not in known:
                problems.append(f"{where}: {address} has no such place")
    return problems


def _read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
