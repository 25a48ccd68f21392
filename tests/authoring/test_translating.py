"""One source, several languages: catalogues, what a translation has to keep, what is built."""

import ast
import shutil
from collections import Counter

import nbformat
import pytest
from checkout import ROOT, small_checkout
from graded import assert_clean, points, read
from sampling import is_drawn
from typer.testing import CliRunner

from course_lib.errors import CourseError
from course_tools.authoring import SourceError, build, execute, languages, translate
from course_tools.commands.cli import app
from course_tools.grading.classroom import init_class, language_of
from course_tools.grading.marking import File, Submission, mark
from course_tools.grading.notebooks import LessonSource
from course_tools.grading.sandbox import Sandbox

SOURCE = '''\
# %% [markdown]
# # A lesson
#
# The formula $a + b$ and `code` with a [link](https://example.org/x).

# %%
from course_lib import environment

environment.start()

# %% [markdown]
# ### Exercise: double it

# %% [markdown] hints="double"
# Add it to itself.

# %% solution="double"
def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    # The secret way:
    # no product.
    return x + x  # short
    ### END SOLUTION


# %% checks="double" points=2
from course_lib import checks

with checks.exercise("Double it", lesson="01"):
    for x in [1, 2]:
        checks.equal(double(x), 2 * x, f"double({x}) for {x:.1f}", otherwise="Look again.")
'''
TRANSLATED = {
    "# A lesson\\n": "# 一课\n\n公式 $a + b$ 和 `code`，还有[链接](https://example.org/x)。",
    "### Exercise: double it": "### 练习：加倍",
    "Add it to itself.": "自己加自己。",
    "Return 2 x.": "返回 2 x。",
    "The secret way: no product.": "秘诀：不用乘法。",
    "short": "短",
    "Double it": "加倍",
    "double({x}) for {x:.1f}": "对 {x:.1f} 的 double({x})",
    "Look again.": '再看"一次"。',
}


@pytest.fixture
def checkout(tmp_path):
    small_checkout(tmp_path, SOURCE)
    translate(tmp_path, "zh", [tmp_path / "solutions" / "01_good.py"])
    return tmp_path


def catalogue(checkout):
    return checkout / "solutions" / "zh" / "01_good.po"


def give(checkout, translations):
    """Write translations into the catalogue, each found by how its message begins."""
    blocks = catalogue(checkout).read_text().split("\n\n")
    for message, translation in translations.items():
        [at] = [n for n, block in enumerate(blocks) if _begins(block, message)]
        quoted = translation.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        head = blocks[at].partition("\nmsgstr ")[0]
        blocks[at] = f'{head}\nmsgstr "{quoted}"'
    catalogue(checkout).write_text("\n\n".join(blocks) + "\n")


def _begins(block, message):
    text = block.partition("msgid ")[2].replace('""\n', "", 1)
    return text.startswith(f'"{message}')


def built(checkout, folder="solutions"):
    build(checkout)
    return nbformat.read(checkout / folder / "zh" / "01_good.ipynb", as_version=4)


def cell(notebook, name):
    return next(each for each in notebook.cells if each.id == name)


def test_the_catalogue_holds_prose_literals_and_comments_but_no_marks(checkout):
    text = catalogue(checkout).read_text()
    assert all(f'"{message}' in text for message in TRANSLATED)
    assert "BEGIN SOLUTION" not in text and "%%" not in text
    before = catalogue(checkout).read_bytes()
    [course, lesson] = translate(checkout, "zh", [checkout / "solutions" / "01_good.py"])
    assert catalogue(checkout).read_bytes() == before
    assert course.messages == 0 and lesson.missing == lesson.messages > 5
    assert languages(checkout) == ["zh"]


def test_a_translation_is_built_with_the_same_cells(checkout):
    give(checkout, TRANSLATED)
    chinese = built(checkout)
    english = nbformat.read(checkout / "solutions" / "01_good.ipynb", as_version=4)
    assert [c.id for c in chinese.cells] == [c.id for c in english.cells]
    assert [c.metadata for c in chinese.cells] == [c.metadata for c in english.cells]
    assert chinese.cells[0].source.startswith("# 一课\n\n公式")
    assert chinese.cells[2].source == "### 练习：加倍（2 分 · 8 分钟 · 写代码）"
    assert "<summary>提示 1</summary>\n\n自己加自己。" in chinese.cells[3].source
    assert chinese.cells[1].source.endswith('environment.start("zh")')
    answer = cell(chinese, "double").source
    assert '"""返回 2 x。"""' in answer and "    # 秘诀：不用乘法。\n" in answer
    assert answer.endswith("return x + x  # 短\n    ### END SOLUTION")
    check = cell(chinese, "double-checks").source
    assert check.startswith("# @title ▶ 检查：加倍\n")
    assert 'f"对 {x:.1f} 的 double({x})"' in check and r'otherwise="再看\"一次\"。"' in check
    stub = cell(built(checkout, "lessons"), "double").source
    assert stub.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
    outlines = (checkout / "course_lib" / "lessons.json").read_text()
    assert '"languages": {\n      "zh": {\n        "title": "一课"' in outlines
    assert build(checkout, check=True) == []


def test_what_is_not_translated_stays_english_and_says_so(checkout):
    give(checkout, {"Look again.": "再看一次。"})
    first, _start, heading, hints, *_rest = built(checkout).cells
    assert first.source.startswith("# A lesson\n\n*（这一部分还没有译文")
    assert heading.source.startswith("### Exercise: double it（2 分")
    assert "*（这一部分还没有译文" in hints.source and hints.source.count("<details>") == 1


def test_a_changed_cell_turns_fuzzy_and_falls_back_to_english(checkout):
    give(checkout, TRANSLATED)
    source = checkout / "solutions" / "01_good.py"
    source.write_text(SOURCE.replace("The formula", "Now the formula"))
    assert "Now the formula" in built(checkout).cells[0].source, "before `translate`, too"
    [_course, lesson] = translate(checkout, "zh", [source])
    assert lesson.fuzzy == 1
    text = built(checkout).cells[0].source
    assert "Now the formula" in text and "还没有译文" in text
    assert "公式" in catalogue(checkout).read_text(), "the old translation is there to start from"


@pytest.mark.parametrize(
    ("message", "translation", "words"),
    [
        (
            "# A lesson\\n",
            "# 一课\n\n公式 $a - b$ 和 `code`，[链](https://example.org/x)",
            r"\$a \+ b\$",
        ),
        ("# A lesson\\n", "# 一课\n\n公式 $a + b$，[链](https://example.org/x)", "`code`"),
        ("# A lesson\\n", "# 一课\n\n公式 $a + b$ 和 `code`，[链](https://example.org)", "/x"),
        ("Add it to itself.", "<b>自己加自己。</b>", "adds `<b>`"),
        ("Add it to itself.", "**注意：**这里", "not shown as emphasis"),
        ("Add it to itself.", "这里**（注意）**", "not shown as emphasis"),
        ("double({x}) for {x:.1f}", "double({x})", r"lacks `\{x:.1f\}`"),
        ("double({x}) for {x:.1f}", "double({x}) {x:.1f} {print(x)}", "adds"),
        ("### Exercise: double it", "练习：加倍", "lacks `###`"),
        ("Double it", "翻倍", "not in the heading above"),
    ],
)
def test_a_translation_that_loses_something_is_refused(checkout, message, translation, words):
    give(checkout, TRANSLATED | {message: translation})
    with pytest.raises(SourceError, match=words) as caught:
        build(checkout)
    assert "01_good.po" in str(caught.value)
    assert not (checkout / "lessons" / "zh").exists(), "nothing is written"


@pytest.mark.parametrize("translation", ["**注意**：这里", "这里 **（注意）** 看", "看*这里*吧。"])
def test_emphasis_that_commonmark_shows_is_accepted(checkout, translation):
    give(checkout, TRANSLATED | {"Add it to itself.": translation})
    assert translation in built(checkout).cells[3].source


def test_an_unknown_language_is_named(checkout):
    with pytest.raises(CourseError, match="Chinese is zh"):
        translate(checkout, "chinese", [])


def test_the_catalogues_hold_every_sentence_of_the_course(tmp_path):
    """Should it fail: `course translate zh`, translate, `make build`."""
    for folder in ("course_lib", "course_tools", "docs", "solutions"):
        shutil.copytree(
            ROOT / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("*.npz", "*.png", "*.ipynb"),
        )
    names = sorted(path.stem for path in (tmp_path / "solutions" / "zh").glob("*.po"))
    for done in translate(tmp_path, "zh", [tmp_path / "solutions" / f"{n}.py" for n in names]):
        assert done.path.read_bytes() == (ROOT / done.path.relative_to(tmp_path)).read_bytes()


def test_translated_code_is_the_same_but_for_its_texts():
    for path in sorted((ROOT / "solutions" / "zh").glob("*.ipynb")):
        english = read(ROOT / "solutions" / path.name)
        for ours, theirs in zip(english.cells, read(path).cells, strict=True):
            if ours.cell_type == "code" and "environment.start" not in ours.source:
                assert shape(ours.source) == shape(theirs.source)


def shape(code):
    """Return which kinds of nodes the code has, and how many; texts and their order are free."""
    return Counter(
        type(node).__name__
        for node in ast.walk(ast.parse(code))
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox.start("bubblewrap" if shutil.which("bwrap") else "none") as sandbox:
        yield sandbox


ENGLISH_LESSONS = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.ipynb"))
TRANSLATED_LESSONS = sorted(path.stem for path in (ROOT / "solutions" / "zh").glob("*.po"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSLATED_LESSONS)
def test_a_translated_lesson_runs(name, tmp_path):
    """Beside the English one, whose code it is: a long one in one run of three."""
    if name.startswith("00") or is_drawn(f"zh/{name}", 3):
        assert_clean(execute(read(ROOT / "solutions" / "zh" / f"{name}.ipynb"), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSLATED_LESSONS)
def test_a_translated_solution_earns_full_marks_and_an_untouched_one_is_told_why(name, sandbox):
    worth = points(ROOT, name)
    solved, untouched = (ROOT / each / "zh" / f"{name}.ipynb" for each in ("solutions", "lessons"))
    source = LessonSource(solved.read_text(encoding="utf-8"))
    for path, expected in ((solved, worth), (untouched, dict.fromkeys(worth, 0))):
        submission = Submission(name, "ada", source, File(path.name, path.read_bytes()), b"s")
        questions = mark(submission, sandbox).record.questions
        checked = [each for each in questions if each.id in worth]
        assert {each.id: each.score for each in checked} == expected, questions
        words = "正确" if path == solved else "还没有写"
        assert all(words in each.message for each in checked)


def test_a_class_is_made_in_a_language_as_far_as_that_goes(tmp_path):
    from course_tools.commands.cli import _notebooks

    solutions = ROOT / "solutions"
    with pytest.raises(CourseError, match="en, zh"):
        _notebooks(solutions, "fr")
    assert _notebooks(solutions, "en")[1] == []
    chinese, others = _notebooks(solutions, "zh")
    assert [path.stem for path in chinese] == TRANSLATED_LESSONS
    assert {path.name for path in [*chinese, *others]} == {path.name for path in ENGLISH_LESSONS}
    assert others and not {path.name for path in chinese} & {path.name for path in others}

    directory = tmp_path / "class"
    assert language_of(directory) == "en"
    two = [chinese[0], others[0]]
    lessons = init_class(directory, two, repository_root=None, language="zh")
    released = [directory / "release" / name / f"{name}.ipynb" for name in lessons]
    first, second = map(read, released)
    assert first.metadata["course_language"] == "zh"
    assert first.cells[0].source.startswith("# 00 · 从这里开始") and "译文" not in str(first)
    title, note, text = second.cells[0].source.split("\n\n", 2)
    original = read(others[0])
    assert note == "*（这一课还没有译文，以下为英文原文。）*"
    assert f"{title}\n\n{text}" == original.cells[0].source
    assert language_of(directory) == "zh", "so `class init` without a language keeps it"


def test_a_learner_starts_in_a_language_and_keeps_what_is_there_already(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    run = CliRunner().invoke
    assert run(app, ["start", str(tmp_path), "--language", "zh"]).exit_code == 0
    copies = sorted(tmp_path.glob("*.ipynb"))
    assert [path.name for path in copies] == [path.name for path in ENGLISH_LESSONS]
    chinese = {path.stem for path in copies if read(path).metadata.get("course_language") == "zh"}
    assert chinese == set(TRANSLATED_LESSONS)
    copies[0].write_text("my own work")
    again = run(app, ["start", str(tmp_path)])
    assert "0 new lessons" in again.output and copies[0].read_text() == "my own work"
