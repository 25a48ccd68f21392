"""Lessons in other languages: `solutions/zh/NN_slug.po` beside the one source.

    solutions/05_resnet50.py --course translate zh 05--> solutions/zh/05_resnet50.po --build-->
        solutions/zh/05_resnet50.ipynb, lessons/zh/05_resnet50.ipynb

A message is a cell of prose, or a literal or comment of a code cell; what is the same in several
places is one message. A message that has no translation, or one that became fuzzy because the
source has changed, stays English. `course_lib/locale/zh/…/course.po` holds the same for the
sentences of `course_lib`.
"""

import ast
import io
import re
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from course_lib.errors import CourseError
from course_lib.language import DOMAIN, _, using, wrapped
from course_lib.plumbing import write_atomically
from course_tools.authoring.source import (
    HIDDEN_MARKS,
    SOLUTION_MARKS,
    Cell,
    Lesson,
    SourceError,
    read_lesson,
    validated,
)
from course_tools.grading.notebooks import with_note

_LOCALE = Path("course_lib", "locale")
_KEYWORDS = {"_": None, "later": None, "ngettext": (1, 2)}
# Beside course_lib, what writes sentences for learners into notebooks and on pages of the site.
_WITH_SENTENCES = (
    "course_tools/authoring/notebooks.py",
    "course_tools/authoring/translating.py",
    "course_tools/grading/classroom/directory.py",
    "docs/build.py",
    "docs/lesson_page.py",
    "docs/pages.py",
)
_MARKS = {*SOLUTION_MARKS, *HIDDEN_MARKS}
_NO_TEXT = re.compile(r"#\s*(noqa|type:|fmt:|%%|@)|#+\s*$")
_COMMENT_WIDTH = 96
# What a translation has to hold as often as the original, in this order of precedence.
_KEPT = re.compile(
    r"```.*?```"  # a block of code
    r"|`[^`]+`"  # code
    r"|\$[^$]+\$"  # a formula
    r"|\]\([^)]+\)"  # where a link leads
    r"|</?[a-z][^>]*>"  # an HTML tag
    r"|\{[^{}]*\}"  # a place for a value
    r"|^### (?:BEGIN|END) [A-Z ]+$|^#{1,6} ",  # a mark; a heading
    re.DOTALL | re.MULTILINE,
)
_EMPHASIS = re.compile(r"(?<!\*)(\*{1,2})(?![*\s])([^*]+?)(?<!\s)\1(?!\*)")


@dataclass(frozen=True)
class Translated:
    """What `translate` has done to one catalogue.

    Attributes:
        path: the catalogue.
        messages: how many there are that hold more than one word.
        missing: how many of these have no translation.
        fuzzy: how many have one that has to be looked at again.
    """

    path: Path
    messages: int
    missing: int
    fuzzy: int


class _Catalogue(Catalog):
    """A catalogue whose head says nothing of times, people and versions, so that it stays."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of its head."""
        return [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
        ]


def translate(root: Path, language: str, sources: Iterable[Path]) -> list[Translated]:
    """Bring the catalogues of a language up to date with the sources, or begin them.

    Args:
        root: the course's checkout.
        language: a code such as "zh".
        sources: the lessons' sources.

    Raises:
        CourseError: there is no such language.
        SourceError: a lesson's source is invalid.
    """
    try:
        Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        raise CourseError(
            f"{language!r} is not the code of a language. Chinese is zh, German de."
        ) from None
    done = [_update(root / _course_catalogue(language), language, _course_messages(root))]
    for source in sources:
        lesson = read_lesson(source)
        messages = [(text, source.name) for cell in lesson.cells for text in _messages(cell)]
        done.append(_update(catalogue_path(root, language, lesson.name), language, messages))
    return done


def catalogue_path(root: Path, language: str, lesson: str) -> Path:
    """Return where the translation of a lesson lies."""
    return root / "solutions" / language / f"{lesson}.po"


def languages(root: Path) -> list[str]:
    """Return the codes of the languages that some sentence or lesson is translated to, sorted."""
    found = [*root.glob(f"{_LOCALE}/*/LC_MESSAGES/{DOMAIN}.po")]
    codes = {path.parents[1].name for path in found}
    return sorted(codes | {path.parent.name for path in root.glob("solutions/*/*.po")})


def translated(lesson: Lesson, path: Path, language: str) -> Lesson:
    """Return a lesson with its cells in another language.

    Args:
        lesson: the lesson in English.
        path: its catalogue.
        language: the code of the catalogue's language.

    Raises:
        SourceError: the catalogue can't be read, or what must stay in a translation has not.
    """
    sentences = _Sentences(path)
    with using(language):
        cells = [_translated_cell(cell, sentences) for cell in lesson.cells]
    if sentences.problems:
        raise SourceError("\n".join(sentences.problems))
    return validated(path, lesson.name, cells)


def compiled(root: Path, language: str) -> tuple[Path, bytes] | None:
    """Return path and content of the compiled catalogue of `course_lib`; None where there is none.

    Raises:
        SourceError: the catalogue can't be read, or what must stay in a translation has not.
    """
    path = root / _course_catalogue(language)
    if not path.is_file():
        return None
    catalogue = _read(path, language)
    problems = [
        f"{path}: {message.id!r:.80}: {problem}."
        for message in catalogue
        if message.id and _text(message) and not message.fuzzy
        for problem in _differences(
            message.id if isinstance(message.id, str) else message.id[-1], _text(message)
        )
    ]
    if problems:
        raise SourceError("\n".join(problems))
    content = io.BytesIO()
    write_mo(content, catalogue)
    return path.with_suffix(".mo"), content.getvalue()


# -- catalogues ------------------------------------------------------------------------------------


def _course_catalogue(language: str) -> Path:
    return _LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _course_messages(root: Path) -> list[tuple[str | tuple[str, ...], str]]:
    found: list[tuple[str | tuple[str, ...], str]] = [
        (message, f"course_lib/{file}")
        for file, _line, message, *_rest in extract_from_dir(
            str(root / "course_lib"), [("**.py", "python")], keywords=_KEYWORDS
        )
    ]
    for path in filter(Path.is_file, map(root.joinpath, _WITH_SENTENCES)):
        found += [
            (message, str(path.relative_to(root)))
            for _line, message, *_rest in extract_from_file("python", path, keywords=_KEYWORDS)
        ]
    return found


def _read(path: Path, language: str) -> _Catalogue:
    catalogue = _Catalogue(locale=language, fuzzy=False)
    if not path.is_file():
        return catalogue
    try:
        with open(path, "rb") as file:
            stored = read_po(file, locale=language, abort_invalid=True)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: can't be read as a catalogue ({error}). Correct it.") from error
    for message in stored:
        if message.id:
            catalogue[message.id] = message
    catalogue.obsolete = stored.obsolete
    return catalogue


def _update(
    path: Path, language: str, messages: Iterable[tuple[str | tuple[str, ...], str]]
) -> Translated:
    template = Catalog()
    for text, place in messages:
        template.add(text, locations=[(place, 1)])
    catalogue = _read(path, language)
    catalogue.update(template)
    content = io.BytesIO()
    catalogue.header_comment = "# Written by `course translate`; the lines `msgstr` are yours."
    write_po(content, catalogue, include_lineno=False, width=100)
    write_atomically(path, content.getvalue())
    texts = [message for message in catalogue if message.id and " " in str(message.id)]
    return Translated(
        path,
        len(texts),
        sum(not _text(message) for message in texts),
        sum(message.fuzzy for message in texts),
    )


def _text(message: Message) -> str:
    """Return a message's translation, of all its forms the last."""
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return strings[-1] if strings else ""


class _Sentences:
    """The translations of one catalogue; problems are collected for its author."""

    def __init__(self, path: Path):
        self.path = path
        self.problems: list[str] = []
        self._catalogue = _read(path, path.parent.name)

    def of(self, text: str) -> str:
        """Return the translation of a message, "" if there is none that can be used."""
        message = self._catalogue.get(text)
        translation = "" if message is None or message.fuzzy else _text(message)
        if not translation:
            return ""
        for problem in _differences(text, translation):
            self.report(text, problem)
        return translation

    def report(self, text: str, problem: str) -> None:
        """Note what is wrong with the translation of a message."""
        self.problems.append(f"{self.path}: {text.strip()[:60]!r}: {problem}.")


def _differences(text: str, translation: str) -> Iterator[str]:
    """Yield what is wrong with a translation, in words for its author."""
    wanted, found = (Counter(_KEPT.findall(each)) for each in (text, translation))
    for piece in sorted(wanted - found):
        yield f"the translation lacks `{piece.strip()}`"
    for piece in sorted(found - wanted):
        yield f"the translation adds `{piece.strip()}`"
    prose = re.sub(r"```.*?```|`[^`]+`|\$[^$]+\$", "x", translation, flags=re.DOTALL)
    for emphasis in _EMPHASIS.finditer(prose):
        if not _is_shown(prose, emphasis):
            yield (
                f"`{emphasis.group()}` is not shown as emphasis, because a punctuation mark and a "
                "letter meet at its stars; move the mark outside, or put a space there"
            )


def _is_shown(prose: str, emphasis: re.Match) -> bool:
    """Tell whether CommonMark takes the stars for emphasis (its rules on flanking delimiters)."""
    inside = emphasis.group(2)
    before, after = prose[: emphasis.start()][-1:], prose[emphasis.end() :][:1]
    opens = not _is_mark(inside[0]) or not before or before.isspace() or _is_mark(before)
    closes = not _is_mark(inside[-1]) or not after or after.isspace() or _is_mark(after)
    return opens and closes


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


# -- cells -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Piece:
    """A text within a code cell: the message, and where it stands, in bytes of the cell."""

    text: str
    start: int
    end: int
    column: int
    kind: str  # "comment", "literal", "docstring" or "template", which is an f-string


def _messages(cell: Cell) -> Iterator[str]:
    if cell.kind == "markdown":
        yield cell.source
    else:
        for piece in _pieces(cell.source):
            yield piece.text


def _translated_cell(cell: Cell, sentences: _Sentences) -> Cell:
    if cell.kind == "markdown":
        return replace(cell, source=sentences.of(cell.source) or _with_note(cell))
    content = cell.source.encode()
    for piece in reversed(_pieces(cell.source)):
        if translation := sentences.of(piece.text):
            written = _written(piece, translation).encode()
            content = content[: piece.start] + written + content[piece.end :]
    source = content.decode()
    if source != cell.source and _masked(source) != _masked(cell.source):
        sentences.report(cell.source, "its code is not the same in both languages")
    return replace(cell, source=source)


def _with_note(cell: Cell) -> str:
    """Return a cell in English with a note on that, below its heading if it has one."""
    note = _("*(This part is not translated yet.)*")
    if cell.role == "hints":  # a paragraph of its own would be a hint
        return f"{note} {cell.source}"
    return with_note(cell.source, note)


def _pieces(source: str) -> list[_Piece]:
    """Return the literals and comments of a code cell that hold a letter, in order."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic command; such a cell stays as it is
        return []
    starts = _starts_of_lines(source)
    found = [*_literals(tree, starts), *_comments(source, starts)]
    return sorted((p for p in found if re.search(r"[^\W\d_]", p.text)), key=lambda p: p.start)


def _literals(tree: ast.Module, starts: list[int]) -> Iterator[_Piece]:
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    docstrings = {id(_docstring(node)) for node in ast.walk(tree)}
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.JoinedStr):
            text, kind = "".join(map(_in_template, node.values)), "template"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text, kind = node.value, "docstring" if id(node) in docstrings else "literal"
        else:
            continue
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        yield _Piece(text, start, end, node.col_offset, kind)


def _docstring(node: ast.AST) -> ast.expr | None:
    body = getattr(node, "body", None)
    has_one = isinstance(node, ast.FunctionDef | ast.ClassDef) and isinstance(body, list)
    return body[0].value if has_one and body and isinstance(body[0], ast.Expr) else None


def _in_template(part: ast.expr) -> str:
    """Return a part of an f-string as it stands between its quotes."""
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}")
    written = ast.unparse(ast.JoinedStr([part]))[1:]
    quote = written[:3] if written[:3] in ('"""', "'''") else written[:1]
    return written.removeprefix(quote).removesuffix(quote)


def _comments(source: str, starts: list[int]) -> Iterator[_Piece]:
    """Yield the comments; lines of comment below each other are one."""
    block: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.string.strip() in _MARKS or _NO_TEXT.match(token.string):
            continue
        alone = not token.line[: token.start[1]].strip()
        below = block and block[-1].start == (token.start[0] - 1, token.start[1])
        if block and not (alone and below and not block[0].line[: block[0].start[1]].strip()):
            yield _comment(block, starts)
            block = []
        block.append(token)
    if block:
        yield _comment(block, starts)


def _comment(block: list[tokenize.TokenInfo], starts: list[int]) -> _Piece:
    text = " ".join(token.string.lstrip("#").strip() for token in block)
    first, last = block[0], block[-1]
    before = first.line[: first.start[1]].encode()
    start = starts[first.start[0] - 1] + len(before)
    end_line = last.line[: last.end[1]].encode()
    return _Piece(text, start, starts[last.start[0] - 1] + len(end_line), first.start[1], "comment")


def _written(piece: _Piece, translation: str) -> str:
    """Return the code that stands for a translated piece."""
    if piece.kind == "comment":
        lines = wrapped(translation, max(40, _COMMENT_WIDTH - piece.column))
        return ("\n" + " " * piece.column).join(f"# {line}" for line in lines)
    if piece.kind == "docstring":
        return '"""' + translation.replace("\\", "\\\\").replace('"""', r"\"\"\"") + '"""'
    if piece.kind == "literal":
        return f'"{_escaped(translation)}"'
    # In a template, what stands in braces is code and must not be escaped.
    parts = re.split(r"(\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})", translation)
    is_code = [part.startswith("{") and part != "{{" for part in parts]
    has_quotes = any('"' in part for part, code in zip(parts, is_code, strict=True) if code)
    quote = '"""' if has_quotes else '"'
    text = "".join(p if code else _escaped(p) for p, code in zip(parts, is_code, strict=True))
    return f"f{quote}{text}{quote}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _masked(source: str) -> str:
    """Return the syntax tree of a cell without its texts; the order within f-strings is free."""
    try:
        tree = _Masked().visit(ast.parse(source))
    except SyntaxError:
        return ""
    return ast.dump(tree)


class _Masked(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        values = [each for each in node.values if isinstance(each, ast.FormattedValue)]
        return ast.JoinedStr(sorted(values, key=ast.dump))


def _starts_of_lines(source: str) -> list[int]:
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts
