"""The site, built from the checkout and read in a browser as its readers do."""

import copy
import functools
import http.server
import io
import re
import threading

import pytest
from browser import browser_page, screenshot
from nbformat import v4
from PIL import Image, ImageStat

from benchmarks import results
from course_lib.errors import CourseError
from course_tools.authoring import build, instructor_notebook, read_lesson
from course_tools.grading.marking import RunOptions
from course_tools.proving import prove
from docs import benchmark_page, editions, pages, proof_pages, rivals_page
from docs.build import as_they_are, build_site
from docs.lesson_page import lesson_page
from docs.links import broken_links

# One lesson is run, the others appear without outputs.
RUN = "00_start_here"
PHONE = {"width": 390, "height": 844}
PAGES = (
    "index", "start", "docs/teaching", "docs/writing_lessons", "docs/grading", "CONTRIBUTING",
    "benchmarks", "proof/index", f"proof/{RUN}", f"solutions/{RUN}",
    "solutions/01_pretrained_models", "course_lib/assets/PROVENANCE", "search",
    "zh/index", f"zh/solutions/{RUN}", "zh/solutions/01_pretrained_models", "zh/search",
)  # fmt: skip
TINY = '''\
# %% [markdown]
# # 90 · Tiny

# %%
print(6 * 7)

# %% solution="half_of"
def half_of(x):
    """Return half of a number."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION

# %% checks="half_of" points=1
from course_lib import checks

with checks.exercise("Exercise 1"):
    checks.close(half_of(4), 2.0, "half_of(4)", causes=[(8.0, "you doubled.")])
    ### BEGIN HIDDEN TESTS
    checks.close(half_of(7), 3.5, "half_of(7)")
    ### END HIDDEN TESTS
'''
# Elements that stick out of the page, and not of a box that scrolls.
STICKING_OUT = """() => [...document.querySelectorAll("article *")].filter(element => {
    if (element.getBoundingClientRect().right <= innerWidth + 1) return false
    for (let box = element.parentElement; box; box = box.parentElement)
        if (getComputedStyle(box).overflowX !== "visible" && box !== document.body) return false
    return true
}).map(element => element.outerHTML.slice(0, 200))"""


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site(root, tmp_path_factory):
    return build_site(root, tmp_path_factory.mktemp("site"), run=[RUN[:2]])


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Files, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def lesson(root):
    return read_lesson(root / "solutions" / f"{RUN}.py")


@pytest.fixture
def solved(lesson):
    return editions.SolvedLesson(lesson.name, "en", instructor_notebook(lesson))


@pytest.fixture
def tiny_course(root, tmp_path):
    """A checkout whose only lesson is `TINY`, with answers to its exercise."""
    course = tmp_path / "course"
    answers = "answers/90_tiny/half_of"
    files = {
        "solutions/90_tiny.py": TINY,
        f"{answers}/right_times.py": "# Multiplies.\ndef half_of(x):\n    return x * 0.5\n",
        f"{answers}/wrong_twice.py": "# Believed: half_of means `x * 2`, or |x|.\n"
        "def half_of(x):\n    return x * 2\n",
        "README.md": re.sub(
            r"(^\| \d\d .*\n)+", "| 90 Tiny | halves |\n", (root / "README.md").read_text("utf-8"),
            flags=re.MULTILINE,
        ),
        **{
            path.relative_to(root): path.read_text("utf-8")
            for path in [*as_they_are(root), root / "pyproject.toml"]
        },
    }  # fmt: skip
    for name, text in files.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    build(course)
    return course


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_can_be_read_on_a_phone_without_a_network(address, theme):
    elsewhere = []

    def only_here(route):
        if route.request.url.startswith(address):
            return route.continue_()
        elsewhere.append(route.request.url)
        return route.abort()

    with browser_page(theme, **PHONE) as page:
        page.route("**/*", only_here)
        for name in PAGES:
            page.goto(f"{address}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
            assert page.evaluate(STICKING_OUT) == [], name
            screenshot(page, f"site_{name.replace('/', '_')}_{theme}")
    assert not elsewhere


@pytest.mark.slow
def test_a_lesson_is_read_with_answers_folded_away_and_outputs_shown(address):
    with browser_page(**PHONE) as page:
        page.goto(f"{address}/solutions/{RUN}.html")
        answer = page.get_by_text("### BEGIN SOLUTION").first
        assert not answer.is_visible()
        page.get_by_text("Show the answer").first.click()
        assert answer.is_visible()
        page.get_by_text("Show a good answer").click()
        for summary, folded in (
            ("Show the checks", "# @title ▶ Check: Count the parameters"),
            ("Hint 1", "Scroll up to the layer"),
        ):
            text = page.get_by_text(folded)
            assert not text.is_visible(), summary
            page.get_by_text(summary).first.click()
            assert text.is_visible(), summary
        screenshot(page, "site_unfolded")
        assert page.get_by_text("✓ ").first.is_visible(), "what the check said when it was run"
        with page.expect_download() as downloaded:
            page.get_by_text("The notebook to work in").click()
        assert downloaded.value.suggested_filename == f"{RUN}.ipynb"
        assert "BEGIN SOLUTION" not in downloaded.value.path().read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_page_leads_to_the_other_language_and_back(address):
    with browser_page(**PHONE) as page:
        for name in ("index", "search", f"solutions/{RUN}"):
            page.goto(f"{address}/{name}.html")
            page.get_by_role("link", name="中文", exact=True).click()
            page.wait_for_url(f"{address}/zh/{name}.html")
            assert page.locator("html").get_attribute("lang") == "zh-CN"
            page.get_by_role("link", name="English", exact=True).click()
            page.wait_for_url(f"{address}/{name}.html")
        page.goto(f"{address}/docs/teaching.html")
        page.get_by_role("link", name="中文", exact=True).click()
        page.wait_for_url(f"{address}/zh/index.html")


@pytest.mark.slow
def test_a_lesson_is_read_in_chinese_and_in_english_where_it_is_not_translated(address):
    with browser_page(**PHONE) as page:
        page.goto(f"{address}/zh/index.html")
        page.get_by_role("link", name="00 从这里开始").first.click()
        page.wait_for_url("**/zh/solutions/00_start_here.html")
        page.get_by_text("显示检查").first.click()
        assert page.get_by_text("# @title ▶ 检查：全连接层有多少参数").is_visible()
        assert page.get_by_text("✓ 全连接层有多少参数").first.is_visible(), "run in Chinese"
        page.get_by_text("显示答案要点").click()
        with page.expect_download() as downloaded:
            page.get_by_text("用来做练习的笔记本").click()
        assert 'environment.start(\\"zh\\")' in downloaded.value.path().read_text(encoding="utf-8")

        page.goto(f"{address}/zh/index.html")
        page.locator("article td", has_text="英文").first.get_by_role("link").click()
        page.get_by_text("这一课还没有中文版，以下为英文原文。").wait_for()
        assert page.get_by_text("You will be able to").is_visible()


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser_with_their_indices_below(address):
    with browser_page() as page:
        page.goto(f"{address}/solutions/01_pretrained_models.html")
        page.evaluate("document.fonts.ready")
        assert page.evaluate("document.fonts.check('16px \"Noto Sans Math\"')")
        letter, index = (page.locator(f"math msub > *:nth-child({n})").first for n in (1, 2))
        assert index.bounding_box()["y"] > letter.bounding_box()["y"]


@pytest.mark.slow
@pytest.mark.parametrize(("chosen", "of_the_system"), [("light", "dark"), ("dark", "light")])
def test_the_picture_of_the_rooms_is_as_light_as_its_page(address, chosen, of_the_system):
    def lightness(screenshot):
        return ImageStat.Stat(Image.open(io.BytesIO(screenshot)).convert("L")).median[0]

    with browser_page(of_the_system) as page:
        page.goto(f"{address}/docs/grading.html")
        picture = page.locator("article img[src$='.svg']")
        before = lightness(picture.screenshot())
        toggle = page.locator("button.theme-toggle:visible").first
        while page.evaluate("document.body.dataset.theme") != chosen:
            toggle.click()
        after = lightness(picture.screenshot())
    assert (before < 128) == (of_the_system == "dark") and (after < 128) == (chosen == "dark")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edition", "word", "where"),
    [
        ("", "calibration", "07_trust"),
        ("", "sandbox", "docs/grading"),
        ("zh/", "全连接层 偏置", RUN),
        ("zh/", "calibration", "07_trust"),
    ],
)
def test_search_finds_a_word_of_a_lesson_and_of_a_guide(address, edition, word, where):
    with browser_page(**PHONE) as page:
        page.goto(f"{address}/{edition}search.html?q={word}")
        found = page.locator("#search-results li a")
        found.first.wait_for()
        screenshot(page, f"site_search_{word}")
        names = found.evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert any(where in name for name in names), names


@pytest.mark.slow
def test_a_lesson_is_run_when_it_has_changed_and_a_failure_leaves_the_site_as_it_was(tiny_course):
    said = []
    folder = tiny_course / "build" / "site"
    source = tiny_course / "solutions" / "90_tiny.py"

    def page(old="", new=""):
        said.clear()
        source.write_text(source.read_text("utf-8").replace(old, new), encoding="utf-8")
        html = build_site(tiny_course, folder, say=said.append)
        return (html / "solutions" / "90_tiny.html").read_text(encoding="utf-8")

    assert "<span></span>42\n" in page() and "Running 90_tiny …" in said
    assert "<span></span>42\n" in page() and "Running 90_tiny …" not in said
    with pytest.raises(CourseError, match="90_tiny fails:(.|\n)*ZeroDivisionError"):
        page("6 * 7", "6 / 0")
    assert "42\n" in (folder / "html" / "solutions" / "90_tiny.html").read_text(encoding="utf-8")
    assert "<span></span>48\n" in page("6 / 0", "6 * 8")
    assert len(list((folder / "executed").iterdir())) == 1, "what is out of date is removed"


@pytest.mark.slow
def test_a_mistake_in_a_page_stops_the_build_with_its_place(tiny_course, capsys):
    readme = tiny_course / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("(LICENSE)", "(LICENCE)"), "utf-8")
    with pytest.raises(CourseError, match="Sphinx names them above"):
        build_site(tiny_course, tiny_course / "build", say=lambda text: None)
    assert "LICENCE" in capsys.readouterr().err
    assert not (tiny_course / "build" / "html").exists()


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_text('<p id="here"><a href="../index.html#top">up</a>')
    (tmp_path / "index.html").write_text(
        '<p id="top"><a href="deep/page.html#here"></a> <a href="https://example.org"></a>'
        '<a href="#"></a> <img src="data:image/png;base64,AA">'
        '<a href="deep/page.html#there"></a> <a href="none.html"></a> <img src="plot.png">'
        '<script src="https://example.org/x.js"></script>'
    )
    assert broken_links(tmp_path) == [
        "index.html: deep/page.html#there has no such place",
        "index.html: none.html is not there",
        "index.html: plot.png is not there",
        "index.html loads https://example.org/x.js",
    ]


def test_a_lesson_page_offers_colab_where_the_course_has_an_address(solved):
    address = "https://example.org/ada/course"
    with_address = lesson_page(solved, None, "en", address).cells[1].source
    assert f"/github/ada/course/blob/main/lessons/{RUN}.ipynb" in with_address
    without = lesson_page(solved, None, "en", "").cells[1].source
    assert "colab" not in without and "without running" in without


def test_progress_bars_show_where_they_ended(solved):
    run = copy.deepcopy(solved.notebook)
    position = next(i for i, cell in enumerate(run.cells) if cell.cell_type == "code")
    run.cells[position].outputs = [
        v4.new_output("stream", name="stdout", text=text) for text in ("\r1/2", "\r2/2", " done\n")
    ]
    page = lesson_page(solved, run, "en", "")
    [output] = page.cells[position + 1].outputs
    assert output.text.strip() == "2/2 done"


def test_readme_names_every_lesson_and_a_missing_one_is_told(root, lesson):
    readme = (root / "README.md").read_text(encoding="utf-8")
    with pytest.raises(CourseError, match="README.md has 0 rows for 00_start_here"):
        pages.pages(readme.replace("| 00 ", "| xx "), [lesson])
    found = pages.pages(readme, [lesson])
    assert f"(solutions/{RUN}.ipynb)" in found["index.md"]
    assert "## Teach" in found["start.md"] and "## What is where" not in found["start.md"]


@pytest.mark.slow
def test_the_proof_says_what_learners_believe_and_are_told_and_what_is_not_proved(tiny_course):
    tiny = read_lesson(tiny_course / "solutions" / "90_tiny.py")
    answers, verdicts = tiny_course / "answers", tiny_course / "answers" / "verdicts"
    unproved = proof_pages.pages([tiny], answers, verdicts)["proof/index.md"]
    assert "Not proved as it stands" in unproved and r"course prove 90\_tiny" in unproved
    prove(tiny, answers, verdicts, options=RunOptions(jobs=1, sandbox="none"))
    found = proof_pages.pages([tiny], answers, verdicts)
    assert r"| half\_of | 2/2 | 19/19 | 1/1 |" in found["proof/index.md"]
    details = found["proof/90_tiny.md"]
    assert r"*half\_of means \`x \* 2\`\, or \|x\|\.*" in details and "gave 8" in details


def test_every_comparison_is_shown_with_its_rival_and_what_both_were_given():
    page = rivals_page.page()
    for name in ("small network from scratch", "head only", "SimCLR", "ridge denoiser"):
        assert name in page
    assert "unlabelled images and the views" in page and "undecided" in page
    for verdict in ("more", "less", "undecided"):
        assert f" | {verdict} |" in page


def test_benchmarks_are_shown_as_they_were_kept(tmp_path):
    results.keep("features", ["ratio:  1.9x *fast*"], tmp_path)
    kept = results.kept("features", tmp_path)
    assert kept["versions"]["keras"] and kept["machine"] and kept["day"][:2] == "20"
    page = benchmark_page.page(tmp_path)
    assert r"- ratio\: 1\.9x \*fast\*" in page and "python -m benchmarks --keep grading" in page
    (tmp_path / "features.json").write_text("{")
    with pytest.raises(CourseError, match="features.json is damaged"):
        results.kept("features", tmp_path)
