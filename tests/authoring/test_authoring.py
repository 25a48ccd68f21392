import re
import shutil
from collections import Counter

import nbformat
import pytest
from checkout import small_checkout
from nbgrader.nbgraderformat import MetadataValidator

from course_lib.errors import CourseError
from course_tools.authoring import (
    SourceError,
    build,
    find_root,
    instructor_notebook,
    read_lesson,
    student_notebook,
)

GOOD = '''\
# %% [markdown]
# # A lesson
#
# Its first paragraph.

# %%
start = 1

# %% solution="double"
def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    return x + x  # the secret way
    ### END SOLUTION


# %% checks="double" points=2
assert double(1) == 2
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS

# %% [markdown] written="why" points=3
# Why?
#
# ### BEGIN SOLUTION
# Because of the model answer.
# ### END SOLUTION
'''


@pytest.fixture
def checkout(tmp_path):
    return small_checkout(tmp_path, GOOD)


def read_source(tmp_path, text, name="01_lesson.py"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_lesson(path)


def test_good_source_gives_cells_with_lines_and_points(tmp_path):
    cells = read_source(tmp_path, GOOD).cells
    assert [(c.role, c.exercise, c.points) for c in cells] == [
        ("", "", 0),
        ("", "", 0),
        ("solution", "double", 0),
        ("checks", "double", 2),
        ("written", "why", 3),
    ]
    assert [GOOD.splitlines()[c.line - 1][:4] for c in cells] == ["# %%"] * 5


BAD = {
    "unknown exercise": ('checks="double"', 'checks="triple"', 17, "no exercise 'triple'"),
    "points missing": (" points=2", "", 17, "needs points=N"),
    "points zero": (" points=2", " points=0", 17, "needs points=N"),
    "points half": (" points=2", " points=0.5", 17, "needs points=N"),
    "points on a solution": (
        'solution="double"',
        'solution="double" points=1',
        9,
        "points= belongs to",
    ),
    "unbalanced solution": ("    ### END SOLUTION\n", "", 12, "never closed"),
    "unbalanced hidden tests": ("### BEGIN HIDDEN TESTS\n", "", 20, "does not pair up"),
    "misspelt marker": ("### END HIDDEN TESTS", "### END HIDEN TESTS", 19, "never closed"),
    "marker with other spacing": ("    ### END SOLUTION", "    #END SOLUTION", 14, "none"),
    "solution outside its cell": (
        "start = 1",
        "### BEGIN SOLUTION\nstart = 1\n### END SOLUTION",
        7,
        "may only stand in",
    ),
    "unknown word": ('written="why"', 'essay="why"', 23, "essay"),
    "word without quotes": ("# %%\nstart", "# %% start\nstart", 6, "the header may hold"),
    "written as code": ("[markdown] written", "written", 23, "is a markdown cell"),
    "solution as prose": ("# %% solution", "# %% [markdown] solution", 9, "code cell"),
    "duplicate": ('written="why"', 'written="double"', 23, "exists already in line 9"),
    "bad name": ('written="why"', 'written="Why not?"', 23, "is not an exercise name"),
    "not Python": ("start = 1", "start = = 1", 7, "not valid Python"),
    "no title": ("# # A lesson", "# A lesson", 1, "# Title"),
    "title that is not in the heading": (
        "assert double(1) == 2",
        'with checks.exercise("Exercise 1", lesson="01"):\n    assert double(1) == 2',
        17,
        "is not in the heading above, '# A lesson'",
    ),
    "another lesson's number": (
        "assert double(1) == 2",
        'with checks.exercise("A lesson", lesson="02"):\n    assert double(1) == 2',
        17,
        "write lesson='01'",
    ),
    "title that is not plain text": (
        "assert double(1) == 2",
        'with checks.exercise(TITLE, lesson="01"):\n    assert double(1) == 2',
        17,
        "the title 'TITLE' is not in the heading",
    ),
    "text before the first cell": ("# %% [markdown]\n# # A", "import os\n# # A", 1, "before"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_source_names_file_line_and_remedy(tmp_path, case):
    old, new, line, words = BAD[case]
    assert old in GOOD
    with pytest.raises(SourceError) as caught:
        read_source(tmp_path, GOOD.replace(old, new, 1))
    messages = str(caught.value).splitlines()
    assert any(
        m.startswith(f"{tmp_path / '01_lesson.py'}:{line}: ") and words in m for m in messages
    ), messages


def test_checks_before_their_solution_are_refused(tmp_path):
    head, solution = GOOD.split('# %% solution="double"')
    solution, rest = solution.split('# %% checks="double" points=2')
    checks, written = rest.split("# %% [markdown] written")
    moved = (
        f'{head}# %% checks="double" points=2{checks}# %% solution="double"{solution}'
        f"# %% [markdown] written{written}"
    )
    with pytest.raises(SourceError, match=":9: .*stands before its solution"):
        read_source(tmp_path, moved)


def test_a_solution_that_nobody_checks_is_refused(tmp_path):
    with pytest.raises(SourceError, match="never graded"):
        read_source(tmp_path, GOOD[: GOOD.index('# %% checks="double"')])


def test_all_problems_are_listed_at_once(tmp_path):
    text = GOOD.replace(" points=2", "").replace(" points=3", "")
    with pytest.raises(SourceError) as caught:
        read_source(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"", b"\xff\xfe broken", b"# just a comment\n"])
def test_files_that_are_no_lesson(tmp_path, content):
    path = tmp_path / "01_lesson.py"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="01_lesson.py:1:"):
        read_lesson(path)


def test_file_name_must_be_number_and_slug(tmp_path):
    with pytest.raises(SourceError, match="NN_slug"):
        read_source(tmp_path, GOOD, "lesson one.py")


def test_student_notebook_has_stubs_and_locked_checks(tmp_path):
    student = student_notebook(instructor_notebook(read_source(tmp_path, GOOD)))
    by_id = {cell.id: cell for cell in student.cells}
    assert "raise NotImplementedError()" in by_id["double"].source
    assert '"""Return 2 x."""' in by_id["double"].source
    assert "secret" not in nbformat.writes(student)
    assert "42" not in by_id["double-checks"].source
    assert "model answer" not in by_id["why"].source and "Why?" in by_id["why"].source
    assert by_id["double-checks"].metadata.editable is False
    assert by_id["double-checks"].metadata.nbgrader.points == 2


HINTS = """\
# %% [markdown] hints="double"
# What is $2x$?
#
# Count to
# two.

"""
SOLUTION = '# %% solution="double"'


def test_hints_unfold_one_by_one_above_the_learners_cell(tmp_path):
    lesson = read_source(tmp_path, GOOD.replace(SOLUTION, HINTS + SOLUTION))
    for notebook in (instructor_notebook(lesson), student_notebook(instructor_notebook(lesson))):
        hints = notebook.cells[2]
        assert hints.cell_type == "markdown" and "nbgrader" not in hints.metadata
        assert hints.source == (
            "<details><summary>Hint 1</summary>\n\nWhat is $2x$?\n\n</details>\n\n"
            "<details><summary>Hint 2</summary>\n\nCount to\ntwo.\n\n</details>"
        )
        assert notebook.cells[3].id == "double"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HINTS.replace('"double"', '"triple"') + SOLUTION, 9, "no exercise 'triple'"),
        (HINTS + "# %%\nstop = 1\n\n" + SOLUTION, 9, "stand directly above its cell"),
        (HINTS.replace("Count to", "1\n#\n# 2\n#\n# 3") + SOLUTION, 9, "has 4 hints"),
        ('# %% [markdown] hints="double"\n\n' + SOLUTION, 9, "has no hints"),
        (HINTS + HINTS + SOLUTION, 15, "has hints already in line 9"),
        (HINTS.replace("[markdown] ", "").replace("\n# ", "\n") + SOLUTION, 9, "a markdown cell"),
    ],
)
def test_hints_that_are_misplaced_are_refused(tmp_path, text, line, words):
    with pytest.raises(SourceError) as caught:
        read_source(tmp_path, GOOD.replace(SOLUTION, text))
    found = [each for each in str(caught.value).splitlines() if f".py:{line}: " in each]
    assert any(words in each for each in found), str(caught.value)


def test_checks_are_folded_to_a_line_that_says_what_they_check(tmp_path):
    asserting = "assert double(1) == 2\n### BEGIN"
    numbered = GOOD.replace("# # A lesson", "# # Exercise 2: a lesson").replace(
        asserting, f'with checks.exercise("Exercise 2"):\n    {asserting}'
    )
    named = GOOD.replace(asserting, f'with checks.exercise("A lesson"):\n    {asserting}')
    magic = GOOD.replace(asserting, f"%%time\n{asserting}")
    for text, lines in (
        (GOOD, ["# @title ▶ Check: double", "assert double(1) == 2"]),
        (numbered, ["# @title ▶ Check exercise 2", 'with checks.exercise("Exercise 2"):']),
        (named, ["# @title ▶ Check: A lesson", 'with checks.exercise("A lesson"):']),
        (magic, ["%%time", "# @title ▶ Check: double"]),
    ):
        instructor = instructor_notebook(read_source(tmp_path, text))
        for notebook in (instructor, student_notebook(instructor)):
            (checks,) = (cell for cell in notebook.cells if cell.id == "double-checks")
            assert checks.source.splitlines()[:2] == lines
            assert checks.metadata.jupyter == {"source_hidden": True}
            assert checks.metadata.cellView == "form"
            others = [cell for cell in notebook.cells if cell is not checks]
            assert not any("jupyter" in cell.metadata or "▶" in cell.source for cell in others)


def test_headings_say_points_minutes_and_kind_of_the_question_below(tmp_path):
    text = GOOD.replace("# %% solution", "# %% [markdown]\n# ## Exercise 1\n\n# %% solution")
    essay = "# %% [markdown]\n# ## Essay\n\n# %% [markdown] written"
    text = text.replace("# %% [markdown] written", essay)
    cells = instructor_notebook(read_source(tmp_path, text)).cells
    headings = [cell.source for cell in cells if cell.source.startswith("## ")]
    assert headings == [
        "## Exercise 1 (2 points · 8 minutes · write)",
        "## Essay (3 points · 10 minutes · explain)",
    ]
    judged = text.replace('solution="double"', 'solution="double" kind="judge"')
    cells = instructor_notebook(read_source(tmp_path, judged)).cells
    assert "## Exercise 1 (2 points · 8 minutes · judge)" in [cell.source for cell in cells]
    for wrong in ('solution="double" kind="guess"', 'solution="double" kind=""'):
        with pytest.raises(SourceError, match='kind= may only be kind="judge"'):
            read_source(tmp_path, text.replace('solution="double"', wrong))
    with pytest.raises(SourceError, match='kind= may only be kind="judge"'):
        read_source(tmp_path, text.replace("points=2", 'points=2 kind="judge"'))


def test_the_first_cell_says_how_long_the_lesson_takes(tmp_path):
    """18 minutes for the two questions, and what there is to read; rounded to ten."""

    def minutes(words=0, lines=0, unseen=0):
        text = GOOD.replace("Its first paragraph.", "It takes {minutes} minutes." + " word" * words)
        text = text.replace("start = 1", "start = 1\n\n# Comment." + "\nstart = 1" * lines)
        text = text.replace("return x + x", "x = x\n    " * unseen + "return x + x")
        text = text.replace("assert double(1)", "assert True\n" * unseen + "assert double(1)")
        text = text.replace("model answer", "model answer" * unseen or "model answer")
        text = text.replace(SOLUTION, HINTS.replace("two.", "two " * unseen) + SOLUTION)
        cells = instructor_notebook(read_source(tmp_path, text)).cells
        return re.search(r"It takes (\d+) minutes", cells[0].source)[1]

    assert minutes() == "20"
    # A few words and lines are there already; the limit to 30 is at 25.
    assert (minutes(words=900), minutes(words=1060)) == ("20", "30")
    assert (minutes(lines=60), minutes(lines=70)) == ("20", "30")
    assert minutes(words=1960, lines=70) == "40"
    assert minutes(unseen=500) == "20"


def test_a_lesson_leaves_the_time_it_takes_to_the_build(root, lesson_name, lesson):
    first = read_lesson(root / "solutions" / f"{lesson_name}.py").cells[0].source
    assert "**Time**: about {minutes} minutes" in first
    assert re.search(r"\*\*Time\*\*: about \d+0 minutes", lesson.cells[0].source)


def test_markers_in_prose_are_no_headings(tmp_path):
    written = instructor_notebook(read_source(tmp_path, GOOD)).cells[-1]
    assert "###" not in written.source and "**A good answer.**" in written.source


def test_ids_stay_when_another_cell_changes(tmp_path):
    before = instructor_notebook(read_source(tmp_path, GOOD))
    after = instructor_notebook(read_source(tmp_path, GOOD.replace("start = 1", "start = 2")))
    changed = [a.id != b.id for a, b in zip(before.cells, after.cells, strict=True)]
    assert changed == [False, True, False, False, False]


def test_building_twice_changes_no_byte(checkout):
    first = build(checkout)
    assert sorted(path.parent.name for path in first) == ["course_lib", "lessons", "solutions"]
    before = {path: path.read_bytes() for path in first}
    assert build(checkout) == []
    assert build(checkout, check=True) == []
    assert before == {path: path.read_bytes() for path in first}


def test_check_reports_stale_missing_and_orphaned_files_and_writes_nothing(checkout):
    build(checkout)
    lesson = checkout / "lessons" / "01_good.ipynb"
    lesson.write_text("{}")
    (checkout / "solutions" / "01_good.ipynb").unlink()
    orphan = checkout / "lessons" / "02_gone.ipynb"
    orphan.write_text("{}")
    assert set(build(checkout, check=True)) == {
        lesson,
        orphan,
        checkout / "solutions" / "01_good.ipynb",
    }
    assert lesson.read_text() == "{}" and orphan.exists()
    build(checkout)
    assert not orphan.exists() and build(checkout, check=True) == []


def test_one_bad_source_leaves_everything_as_it_was(checkout):
    build(checkout)
    lesson = checkout / "lessons" / "01_good.ipynb"
    lesson.write_text("{}")
    (checkout / "solutions" / "02_bad.py").write_text("nothing")
    with pytest.raises(SourceError, match="02_bad.py:1:"):
        build(checkout)
    assert lesson.read_text() == "{}"


def test_unknown_lesson_is_named(checkout):
    with pytest.raises(CourseError, match="no lesson 09.*01_good"):
        build(checkout, only=["09"])


def test_colab_cells_follow_the_configured_repository(checkout):
    build(checkout)
    lesson = checkout / "lessons" / "01_good.ipynb"
    assert "colab" not in lesson.read_text().lower()
    (checkout / "pyproject.toml").write_text(
        '[tool.course]\nrepository = "https://example.org/someone/course"\n'
    )
    build(checkout)
    notebook = nbformat.read(lesson, as_version=4)
    for folder in ("lessons", "solutions"):
        link = f"github/someone/course/blob/main/{folder}/01_good.ipynb"
        assert link in notebook.cells[1].source
    first = notebook.cells[2].source
    assert '%pip install --quiet "git+https://example.org/someone/course"\n\nstart = 1' in first


def test_colab_installs_what_a_lesson_imports(tmp_path):
    text = GOOD.replace("start = 1", "from course_lib import (\n    checks,\n    solar,\n)")
    notebook = instructor_notebook(read_source(tmp_path, text), "https://example.org/o/course.git")
    wanted = '"pretrained-models-course[solar] @ git+https://example.org/o/course"'
    assert f"%pip install --quiet {wanted}\n\nfrom course_lib import (" in notebook.cells[2].source


def test_colab_set_up_never_enters_a_graded_cell(tmp_path):
    text = GOOD.replace("# %%\nstart = 1\n", "")
    notebook = instructor_notebook(read_source(tmp_path, text), "https://example.org/o/course")
    set_up, answer = notebook.cells[2:4]
    assert "%pip" in set_up.source and answer.id == "double" and "%pip" not in answer.source


def test_root_is_found_from_a_folder_inside(checkout):
    inside = checkout / "solutions" / "deeper"
    inside.mkdir()
    assert find_root(inside) == checkout


# The course's own lessons


def test_generated_notebooks_are_up_to_date(root):
    assert build(root, check=True) == []


def test_notebooks_are_valid(solution, lesson):
    for notebook in (solution, lesson):
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        assert all(not cell.get("outputs") for cell in notebook.cells)


def test_no_answer_and_no_hidden_test_reaches_the_student(root, lesson_name, lesson):
    """By content: a secret line never stands in its own cell, a run of four nowhere."""
    by_grade_id = {
        c.metadata.nbgrader.grade_id: c for c in lesson.cells if "nbgrader" in c.metadata
    }
    whole = telling_lines("\n".join(cell.source for cell in lesson.cells))
    for cell in read_lesson(root / "solutions" / f"{lesson_name}.py").cells:
        outside, blocks = split_at_markers(cell.source)
        if blocks:
            grade_id = cell.exercise + ("-checks" if cell.role == "checks" else "")
            own = set(telling_lines(by_grade_id[grade_id].source)) - set(outside)
            for block in blocks:
                assert not own & set(block), own & set(block)
                assert not contains_run(whole, block[:4]), block[:4]
                assert not contains_run(whole, block[-4:]), block[-4:]
    assert not [line for line in whole if "### BEGIN" in line or "HIDDEN" in line]


def telling_lines(source):
    return [line.strip() for line in source.splitlines() if len(line.strip()) > 8]


def contains_run(lines, run):
    return any(lines[i : i + len(run)] == run for i in range(len(lines) - len(run) + 1))


def split_at_markers(source):
    """Return the lines outside all markers, and one list of lines for each marked block."""
    outside, blocks, inside = [], [], False
    for line in telling_lines(source):
        if line.startswith(("### BEGIN", "### END")):
            inside = line.startswith("### BEGIN")
            blocks += [[]] if inside else []
        else:
            (blocks[-1] if inside else outside).append(line)
    return outside, blocks


def test_a_copied_answer_would_be_noticed(checkout):
    """The test above can fail: an answer that also stands in prose is found."""
    leaky = GOOD.replace("# Its first paragraph.", "# ```\n# return x + x  # the secret way\n# ```")
    (checkout / "solutions" / "01_good.py").write_text(leaky)
    build(checkout)
    notebook = nbformat.read(checkout / "lessons" / "01_good.ipynb", as_version=4)
    with pytest.raises(AssertionError):
        test_no_answer_and_no_hidden_test_reaches_the_student(checkout, "01_good", notebook)


def test_every_lesson_has_the_parts_that_the_design_asks_for(root, lesson_name):
    cells = read_lesson(root / "solutions" / f"{lesson_name}.py").cells
    assert "You will be able to" in cells[0].source
    assert sum(cell.role == "written" for cell in cells) == 1
    tasks = Counter(cell.task for cell in cells if cell.role == "solution")
    fewest = 1 if lesson_name == "00_start_here" else 3
    assert fewest <= tasks.total() and tasks["write"] <= 6 and tasks["judge"] <= 1
    assert any("redict" in cell.source for cell in cells if cell.kind == "markdown")
    assert cells[-1].kind == "markdown" and "Recap" in cells[-1].source


def test_a_build_needs_no_network_and_no_git(checkout):
    shutil.rmtree(checkout / "course_lib")
    assert len(build(checkout)) == 3
