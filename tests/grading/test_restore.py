"""A submission, whatever was done to it, gives the instructor's notebook with its answers."""

import copy
import json
import random

import nbformat
import pytest
from nbformat import v4

from course_tools.grading.notebooks import LessonSource, UnreadableError
from course_tools.grading.notebooks import restore as restore_from

LESSON = "06_metrics"


def graded(kind, grade_id, source, points=0, solution=True, **more):
    metadata = {
        "grade": bool(points),
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points:
        metadata["points"] = points
    make = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
    return make(source, metadata={"nbgrader": metadata | more}, id=grade_id)


STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
ADD = "def add(a, b):\n    return a + b"
TWICE = "def twice(a):\n    return 2 * a"
TEST_OF_ADD = "values = [1, 2]\nassert add(*values) == 3"


@pytest.fixture
def source():
    """Two exercises with a function each, one with a bare value, a written question."""
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# A tiny lesson about sums", id="title"),
            v4.new_code_cell("import math\n\nimport numpy as np", id="imports"),
            graded("code", "add", f"def add(a, b):\n    ### BEGIN SOLUTION\n    {ADD[-12:]}\n"
                   "    ### END SOLUTION"),
            graded("code", "add-checks", f"{TEST_OF_ADD}\n### BEGIN HIDDEN TESTS\n"
                   "assert add(2, 2) == 4\n### END HIDDEN TESTS", 2, solution=False),
            v4.new_markdown_cell("Now the same number two times over, please.", id="between"),
            graded("code", "twice", "def twice(a):\n    ### BEGIN SOLUTION\n    return 2 * a\n"
                   "    ### END SOLUTION"),
            graded("code", "twice-checks", "assert twice(4) == 8", 1, solution=False),
            v4.new_markdown_cell("## A bare value", id="bare"),
            graded("code", "value", "### BEGIN SOLUTION\nx = 3\n### END SOLUTION"),
            graded("code", "value-checks", "assert x == 3", 1, solution=False),
            graded("markdown", "why", "**Question.** Why is the sum of two numbers a number?\n\n"
                   "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3),
        ],
    )  # fmt: skip


@pytest.fixture
def submission():
    """What a learner who did everything hands in."""
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# A tiny lesson about sums", id="title"),
            v4.new_code_cell("import math\n\nimport numpy as np", id="imports"),
            graded("code", "add", ADD),
            graded("code", "add-checks", TEST_OF_ADD, 2, solution=False),
            v4.new_markdown_cell("Now the same number two times over, please.", id="between"),
            graded("code", "twice", TWICE),
            graded("code", "twice-checks", "assert twice(4) == 8", 1, solution=False),
            v4.new_markdown_cell("## A bare value", id="bare"),
            graded("code", "value", "x = 3"),
            graded("code", "value-checks", "assert x == 3", 1, solution=False),
            graded("markdown", "why", "**Question.** Why is the sum of two numbers a number?\n\n"
                   "A group is closed.", 3),
        ],
    )  # fmt: skip


ANSWERS = {
    "add": ADD,
    "twice": TWICE,
    "value": "x = 3",
    "why": "**Question.** Why is the sum of two numbers a number?\n\nA group is closed.",
}


def restore(source, submission):
    return restore_from(LessonSource(nbformat.writes(source)), submission)


def as_bytes(notebook):
    return json.dumps(notebook).encode()


def by_id(restored):
    return {cell.id: cell.source for cell in restored.notebook.cells}


def position(notebook, grade_id):
    return next(i for i, c in enumerate(notebook.cells) if c.id == grade_id)


def code(text, **more):
    return v4.new_code_cell(text, **more)


def test_a_whole_submission(source, submission):
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.missing == frozenset() and restored.flags == ()
    assert [cell.id for cell in restored.notebook.cells] == [cell.id for cell in source.cells]
    assert by_id(restored)["add-checks"] == source.cells[3].source
    assert by_id(restored)["add"] == ADD


TITLE = "# @title ▶ Check exercise 1\n"


@pytest.mark.parametrize("with_line", ["source", "submission", "merged"])
def test_a_check_released_without_its_first_line_or_with_it(source, submission, with_line):
    """The line and the folding say nothing that counts, whichever version a learner has."""
    graded_from = source.cells[3] if with_line == "source" else submission.cells[3]
    graded_from.source = TITLE + graded_from.source
    graded_from.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    if with_line == "merged":
        submission.cells[2].source += "\n" + submission.cells.pop(3).source
    restored = restore(source, as_bytes(submission))
    merged = ("add: held the text of the test add-checks.",) if with_line == "merged" else ()
    assert restored.flags == merged
    assert restored.answers == ANSWERS
    assert by_id(restored)["add-checks"] == source.cells[3].source
    assert restored.notebook.cells[3].metadata == source.cells[3].metadata


def test_the_release_itself_gives_stubs_and_no_flags(lesson, solution):
    restored = restore(solution, as_bytes(lesson))
    assert restored.flags == () and not restored.missing
    stubs = {c.metadata.nbgrader.grade_id: c.source for c in lesson.cells
             if c.metadata.get("nbgrader", {}).get("solution")}  # fmt: skip
    assert restored.answers == stubs
    again = restore(solution, as_bytes(restored.notebook))
    assert again.notebook == restored.notebook


def test_the_instructors_own_notebook_is_a_right_submission(solution):
    restored = restore(solution, as_bytes(solution))
    assert [c.source for c in restored.notebook.cells] == [c.source for c in solution.cells]
    assert not restored.missing
    assert all(flag.endswith("the test cell held the hidden tests.") for flag in restored.flags)


def test_nothing_that_a_submission_says_about_itself_counts(source, submission):
    for cell in submission.cells:
        cell.metadata["tags"] = ["skip-execution"]
        if cell.cell_type == "code":
            cell.outputs = [{"output_type": "nonsense", "data": 3}]
    submission.cells[3].metadata.nbgrader.update(points=1000, locked=False)
    submission.cells[3].source = "pass"
    restored = restore(source, as_bytes(submission))
    for mine, given in zip(source.cells, restored.notebook.cells, strict=True):
        assert given.metadata == mine.metadata
        assert given.get("outputs", []) == []
    assert by_id(restored)["add-checks"] == source.cells[3].source
    assert "add-checks: its nbgrader metadata had been changed." in restored.flags
    assert "add-checks: tags had been added (skip-execution)." in restored.flags
    assert (
        "add-checks: the test cell had been changed; the instructor's text counts."
        in restored.flags
    )


def test_exchanged_ids_on_answers_are_not_believed(source, submission):
    add, twice = submission.cells[2], submission.cells[5]
    add.metadata, twice.metadata = twice.metadata, add.metadata
    add.id, twice.id = twice.id, add.id
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS


@pytest.mark.parametrize("what", ["metadata", "ids", "both", "nbformat 4.4"])
def test_stripped_metadata_and_ids(source, submission, what):
    raw = json.loads(as_bytes(submission))
    for cell in raw["cells"]:
        if what in ("metadata", "both"):
            cell["metadata"] = {}
        if what != "metadata":
            del cell["id"]
    raw["nbformat_minor"] = 4
    restored = restore(source, json.dumps(raw).encode())
    assert restored.answers == ANSWERS
    lost = "The notebook had lost nbgrader's metadata; its cells were found by their text."
    assert restored.flags == ((lost,) if what in ("metadata", "both") else ())


def test_every_cell_in_reverse_order(source, submission):
    submission.cells.reverse()
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert [cell.id for cell in restored.notebook.cells] == [cell.id for cell in source.cells]


def test_deleted_answers_are_missing_and_hold_the_stub(source, submission):
    gone = ("add", "why", "value")
    submission.cells = [cell for cell in submission.cells if cell.id not in gone]
    restored = restore(source, as_bytes(submission))
    assert restored.missing == set(gone)
    assert set(restored.answers) == {"twice"}
    assert by_id(restored)["add"] == f"def add(a, b):\n{STUB}"
    assert "add: the answer cell is missing." in restored.flags


def test_deleted_tests_and_ordinary_cells_come_back(source, submission):
    gone = ("add-checks", "imports", "between")
    submission.cells = [cell for cell in submission.cells if cell.id not in gone]
    restored = restore(source, as_bytes(submission))
    assert [cell.id for cell in restored.notebook.cells] == [cell.id for cell in source.cells]
    assert restored.flags == (
        "imports: the instructor's cell had been deleted.",
        "add-checks: the test cell had been deleted.",
    )


def test_an_emptied_answer_is_there_but_empty(source, submission):
    submission.cells[2].source = ""
    restored = restore(source, as_bytes(submission))
    assert restored.answers["add"] == "" and not restored.missing


@pytest.mark.parametrize("first_is_stub", [True, False])
def test_of_a_stub_and_an_answer_with_the_same_id_the_answer_counts(
    source, submission, first_is_stub
):
    stub = graded("code", "add", f"def add(a, b):\n{STUB}")
    del stub["id"]
    submission.cells.insert(2 if first_is_stub else 3, stub)
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.flags == ("add: appeared more than once; what was filled in counts.",)
    assert len(restored.notebook.cells) == len(source.cells)


@pytest.mark.parametrize("where", [3, 5, 11])
def test_of_two_different_answers_the_later_counts(source, submission, where):
    other = "def add(a, b):\n    return b + a"
    copied = copy.deepcopy(submission.cells[2])
    copied.source = other
    copied.id = "copied"
    submission.cells.insert(where, copied)
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS | {"add": other}
    assert restored.flags == (
        "add: appeared more than once with different texts; the last counts.",
    )


def test_two_values_under_the_same_id_the_later_counts(source, submission):
    copied = copy.deepcopy(submission.cells[8]) | {"id": "copied", "source": "x = 4"}
    submission.cells.insert(9, copied)
    assert restore(source, as_bytes(submission)).answers["value"] == "x = 4"


@pytest.mark.parametrize("keeps", ["both", "first", "second", "none"])
def test_an_answer_split_inside_its_function(source, submission, keeps):
    first = graded("code", "add", "def add(a, b):\n    both = [a, b]")
    second = graded("code", "add", "    return sum(both)")
    first.id, second.id = "one", "two"
    for cell, name in ((first, "first"), (second, "second")):
        if keeps not in ("both", name):
            cell.metadata = {}
    submission.cells[2:3] = [first, second]
    restored = restore(source, as_bytes(submission))
    assert restored.answers["add"] == "def add(a, b):\n    both = [a, b]\n    return sum(both)"
    assert "add: was in several parts." in restored.flags
    assert len(restored.notebook.cells) == len(source.cells)


def test_a_helper_split_off_above_an_answer_stays_a_cell_above_it(source, submission):
    submission.cells.insert(2, code("def plus(a, b):\n    return a + b"))
    submission.cells[3].source = "def add(a, b):\n    return plus(a, b)"
    restored = restore(source, as_bytes(submission))
    ids = [cell.id for cell in restored.notebook.cells]
    assert ids.index("extra-1") == ids.index("add") - 1
    assert restored.answers["add"] == "def add(a, b):\n    return plus(a, b)"
    assert restored.flags == ()


def test_scratch_work_under_a_copied_id_is_an_extra_cell(source, submission):
    scratch = graded("code", "add", "print(add(1, 2))") | {"id": "scratch"}
    submission.cells.insert(3, scratch)
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert by_id(restored)["extra-1"] == "print(add(1, 2))"
    extra = restored.notebook.cells[position(restored.notebook, "extra-1")]
    assert extra.metadata == {}


def test_an_answer_merged_with_its_test(source, submission):
    submission.cells[2].source += f"\n\n{TEST_OF_ADD}"
    del submission.cells[3]
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.flags == ("add: held the text of the test add-checks.",)


def test_two_answers_merged_serve_both_questions(source, submission):
    submission.cells[2].source = f"{ADD}\n\n\n{TWICE}"
    del submission.cells[5]
    restored = restore(source, as_bytes(submission))
    assert restored.answers["add"] == restored.answers["twice"] == f"{ADD}\n\n\n{TWICE}"
    assert not restored.missing
    assert restored.flags == ("twice: was answered in the cell add.",)


def test_two_answers_in_one_cell_with_the_others_stub_left(source, submission):
    submission.cells[2].source = f"{ADD}\n\n\n{TWICE}"
    submission.cells[5].source = f"def twice(a):\n{STUB}"
    restored = restore(source, as_bytes(submission))
    assert restored.answers["twice"] == f"{ADD}\n\n\n{TWICE}"


def test_everything_merged_into_one_cell(source, submission):
    both = "\n\n".join(submission.cells[i].source for i in (1, 2, 3, 5, 6))
    submission.cells = [submission.cells[0], code(both), *submission.cells[7:]]
    restored = restore(source, as_bytes(submission))
    assert not restored.missing
    for name in ("add", "twice"):
        assert ADD in restored.answers[name] and TWICE in restored.answers[name]
        assert TEST_OF_ADD not in restored.answers[name]


def test_the_same_written_answer_twice_counts_once(source, submission):
    submission.cells.append(copy.deepcopy(submission.cells[10]))
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.flags == ("why: appeared more than once with the same text.",)


def test_two_written_answers_are_both_shown_to_the_person_who_grades(source, submission):
    second = copy.deepcopy(submission.cells[10]) | {"source": "Or because of something else."}
    submission.cells.append(second)
    restored = restore(source, as_bytes(submission))
    assert restored.answers["why"] == ANSWERS["why"] + "\n\nOr because of something else."


def test_an_answer_written_into_another_cell(source, submission):
    submission.cells[2].source = f"def add(a, b):\n{STUB}"
    submission.cells.insert(5, code(ADD))
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.flags == ("add: was answered in another cell.",)
    assert len(restored.notebook.cells) == len(source.cells)


def test_an_answer_written_into_an_ordinary_cell(source, submission):
    submission.cells[2].source = f"def add(a, b):\n{STUB}"
    submission.cells[1].source += f"\n\n{ADD}"
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert by_id(restored)["imports"] == source.cells[1].source
    assert "add: was answered in the cell imports." in restored.flags


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_code_in_a_cell_of_another_kind(source, submission, kind):
    cell = graded("markdown", "add", f"```python\n{ADD}\n```" if kind == "markdown" else ADD)
    submission.cells[2] = cell | {"cell_type": kind}
    restored = restore(source, as_bytes(submission))
    assert restored.answers == ANSWERS
    assert restored.notebook.cells[2].cell_type == "code"
    assert restored.flags == (f"add: was a {kind} cell instead of code.",)


def test_a_written_answer_in_a_code_cell_and_its_pictures(source, submission):
    picture = {"a.png": {"image/png": "aGk="}, "b.svg": {"image/svg+xml": "<svg/>"}}
    submission.cells[10].attachments = picture
    restored = restore(source, as_bytes(submission))
    assert restored.notebook.cells[10].attachments == {"a.png": {"image/png": "aGk="}}
    assert restored.flags == ("Cell 11 had an attachment that is too large or no picture.",)
    submission.cells[10]["cell_type"] = "code"
    restored = restore(source, as_bytes(submission))
    assert restored.notebook.cells[10].cell_type == "markdown"
    assert restored.answers == ANSWERS


def test_a_written_answer_without_its_question_or_metadata_is_found_by_its_place(
    source, submission
):
    for cell in submission.cells:
        cell.metadata = {}
        del cell["id"]
    submission.cells[10].source = "I think that groups are closed."
    submission.cells[8].source = "y = 4"
    restored = restore(source, as_bytes(submission))
    assert restored.answers["why"] == "I think that groups are closed."
    assert restored.answers["value"] == "y = 4"


def test_extra_cells_stay_where_they_were_and_carry_nothing(source, submission):
    tagged = {"nbgrader": {"grade": True, "points": 9, "grade_id": "mine"}, "tags": ["hide"]}
    submission.cells.insert(3, code("%timeit add(1, 2)", metadata=tagged))
    submission.cells.insert(0, v4.new_markdown_cell("My name is Ada."))
    submission.cells.append(v4.new_raw_cell("the end"))
    restored = restore(source, as_bytes(submission))
    cells = restored.notebook.cells
    assert (cells[0].id, cells[0].source) == ("extra-1", "My name is Ada.")
    assert (cells[4].id, cells[4].source) == ("extra-2", "%timeit add(1, 2)")
    assert (cells[-1].id, cells[-1].cell_type) == ("extra-3", "raw")
    assert cells[4].metadata == {} and restored.flags == ()
    assert restore(source, as_bytes(restored.notebook)).notebook == restored.notebook


def test_what_was_added_to_an_ordinary_cell_is_kept_below_it(source, submission):
    submission.cells[
        1
    ].source = "import math\n\nimport numpy as np\nimport statistics\n\nFACTOR = 2"
    submission.cells[4].source += "\nI don't understand this."
    restored = restore(source, as_bytes(submission))
    cells = restored.notebook.cells
    assert cells[1].source == source.cells[1].source
    assert cells[2].source == "import statistics\nFACTOR = 2"
    assert by_id(restored)["extra-2"] == "I don't understand this."
    assert restored.flags == (
        "imports: the instructor's cell had been changed; the instructor's text counts.",
        "between: the instructor's cell had been changed; the instructor's text counts.",
    )
    assert restore(source, as_bytes(restored.notebook)).notebook == restored.notebook


def test_copies_of_the_instructors_cells_are_no_extra_cells(source, submission):
    submission.cells += [copy.deepcopy(submission.cells[i]) for i in (0, 1, 3, 4)]
    restored = restore(source, as_bytes(submission))
    assert len(restored.notebook.cells) == len(source.cells)


def test_cells_of_other_nbgrader_kinds(source, submission):
    task = graded("markdown", "project", "Do a project.\n=== BEGIN MARK SCHEME ===\nwell\n"
                  "=== END MARK SCHEME ===", 5, solution=False, task=True, grade=False)  # fmt: skip
    source.cells.append(task)
    source.cells.append(graded("code", "by-hand", "", 2))
    released = graded("markdown", "project", "Do a project.", 5, solution=False, task=True)
    submission.cells += [released, code("my_project = 1"), graded("code", "by-hand", "z = 1", 2)]
    restored = restore(source, as_bytes(submission))
    assert restored.answers["by-hand"] == "z = 1"
    cells = restored.notebook.cells
    assert [cell.id for cell in cells[-3:]] == ["project", "extra-1", "by-hand"]
    assert cells[-3].source == task.source


def test_a_source_without_cell_ids_gets_ones_that_stay(source, submission):
    for cell in source.cells:
        del cell["id"]
    source.nbformat_minor = 4
    first, second = (restore(source, as_bytes(submission)).notebook for _ in range(2))
    assert first == second
    nbformat.validate(first)


def test_another_notebook_altogether(source):
    other = v4.new_notebook(cells=[code("import this")])
    restored = restore(source, as_bytes(other))
    assert restored.missing == set(ANSWERS)
    assert restored.flags[0].startswith("None of the lesson's cells were found")


# --- Files in every state -----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(source, submission, encoding):
    submission.cells[10].source += " Grüße, 你好 🎉"
    text = json.dumps(submission, ensure_ascii=False)
    restored = restore(source, text.encode(encoding))
    assert restored.answers["why"].endswith("Grüße, 你好 🎉")
    assert restored.flags == ()


def test_bytes_that_are_no_text_are_replaced_and_flagged(source, submission):
    submission.cells[10].source += " Gruesse"
    restored = restore(source, as_bytes(submission).replace(b"uesse", b"\xfc\xdfe"))
    assert restored.answers["add"] == ADD
    assert restored.flags == ("The file holds bytes that are not text; they were replaced.",)


def test_characters_that_are_no_text(source, submission):
    raw = as_bytes(submission).replace(b"A group is closed", rb"A \u0000group\ud800")
    restored = restore(source, raw)
    assert restored.answers["why"].endswith("A group?.")
    json.dumps(restored.notebook, ensure_ascii=False).encode()
    assert "Cell 11 held characters that are not text; they were replaced." in restored.flags


def test_nbformat_3(source, submission):
    old = json.loads(nbformat.writes(nbformat.convert(submission, 3), version=3))
    assert old["nbformat"] == 3
    assert old["worksheets"][0]["cells"][0]["cell_type"] == "heading"
    restored = restore(source, json.dumps(old).encode())
    assert restored.answers == ANSWERS
    assert restored.notebook.nbformat == 4


def test_a_heading_of_nbformat_3_whose_level_is_no_whole_number(source, submission):
    old = json.loads(nbformat.writes(nbformat.convert(submission, 3), version=3))
    old["worksheets"][0]["cells"][0]["level"] = 2.0
    assert restore(source, json.dumps(old).encode()).answers == ANSWERS


def test_lists_of_lines_windows_line_ends_nan_and_damaged_parts(source, submission):
    raw = json.loads(as_bytes(submission))
    raw["metadata"] = float("nan")
    raw["cells"][2]["source"] = ["def add(a, b):\r\n", "    return a + b", 3]
    raw["cells"][2]["outputs"] = {"no": "list"}
    raw["cells"][2]["metadata"]["tags"] = 7
    del raw["cells"][0]["source"]
    raw["cells"][4]["metadata"] = [1]
    raw["cells"] += [None, 5, {}, {"cell_type": "code"}, {"source": {}, "attachments": [0]}]
    restored = restore(source, json.dumps(raw).encode())
    assert restored.answers == ANSWERS


def test_a_text_with_conflict_markers_in_a_cell_is_readable(source, submission):
    submission.cells[10].source += "\n<<<<<<< HEAD\n=======\n>>>>>>> theirs"
    assert "<<<<<<<" in restore(source, as_bytes(submission)).answers["why"]


CONFLICT = b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> main\n]}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\0", "empty"),
        (CONFLICT, "merge conflict"),
        (CONFLICT.replace(b"\n", b"\r\n"), "merge conflict"),
        (b"import numpy", "not JSON"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"cells":' * 200_000, "nested too deeply"),
        (b"[]", "no notebook"),
        (b"3", "no notebook"),
        (b'{"cells": 3}', "no cells"),
        (b'{"worksheets": {}}', "no cells"),
        (b" " * (50 * 2**20) + b"{}", "larger than"),
        (json.dumps({"cells": [{}] * 5000}).encode(), "5000 cells"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unreadable_files_say_why(source, content, reason):
    with pytest.raises(UnreadableError, match=reason):
        restore(source, content)


# --- Whatever happens to a real lesson ----------------------------------------------------------


def shuffle(cells, rng, answers):
    rng.shuffle(cells)


def move(cells, rng, answers):
    cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))


def duplicate(cells, rng, answers):
    cell = copy.deepcopy(rng.choice(cells))
    cell.pop("id", None)
    cells.insert(rng.randrange(len(cells) + 1), cell)


def delete(cells, rng, answers):
    answers.discard(cells.pop(rng.randrange(len(cells)))["was"])


def strip(cells, rng, answers):
    cell = rng.choice(cells)
    cell.pop(rng.choice(["id", "metadata"]), None)


def split(cells, rng, answers):
    index = rng.randrange(len(cells))
    cell = cells[index]
    lines = cell["source"].split("\n")
    at = rng.randrange(len(lines) + 1)
    rest = copy.deepcopy(cell) | {"source": "\n".join(lines[at:]), "id": f"r{rng.random()}"[:20]}
    if rng.random() < 0.5:
        rest.pop("metadata", None)
    cell["source"] = "\n".join(lines[:at])
    cells.insert(index + 1, rest)


def add(cells, rng, answers):
    text = rng.choice(["print(1)", "def helper(x):\n    return x", "%%bash\nls", "# note"])
    kind = rng.choice(["code", "markdown", "raw"])
    extra = {"cell_type": kind, "source": text, "metadata": {}, "was": ""}
    cells.insert(rng.randrange(len(cells) + 1), extra)


def turn(cells, rng, answers):
    rng.choice(cells)["cell_type"] = rng.choice(["code", "markdown", "raw"])


MUTATIONS = [shuffle, move, duplicate, delete, strip, split, add, turn]


@pytest.fixture(scope="module")
def real(root):
    """The instructor's notebook of a real lesson, and its release with all exercises answered."""
    solution = nbformat.read(root / "solutions" / f"{LESSON}.ipynb", as_version=4)
    lesson = nbformat.read(root / "lessons" / f"{LESSON}.ipynb", as_version=4)
    answers = {}
    for mine, cell in zip(solution.cells, lesson.cells, strict=True):
        cell["was"] = ""
        if mine.metadata.get("nbgrader", {}).get("solution"):
            marks = ("BEGIN SOLUTION", "END SOLUTION")
            lines = [line for line in mine.source.split("\n") if not any(m in line for m in marks)]
            cell["source"] = "\n".join(lines)
            cell["was"] = mine.metadata.nbgrader.grade_id
            answers[cell["was"]] = cell["source"]
    return solution, lesson, answers


@pytest.mark.parametrize("seed", range(40))
def test_a_real_lesson_after_random_accidents(real, seed):
    solution, lesson, answers = real
    rng = random.Random(seed)
    notebook = json.loads(json.dumps(lesson))
    present = set(answers)
    accidents = [rng.choice(MUTATIONS) for _ in range(rng.randrange(1, 12))]
    for accident in accidents:
        accident(notebook["cells"], rng, present)
    restored = restore(solution, json.dumps(notebook).encode())

    own = [cell for cell in restored.notebook.cells if not cell.id.startswith("extra-")]
    assert len(own) == len(solution.cells)
    for mine, cell in zip(solution.cells, own, strict=True):
        assert (cell.id, cell.cell_type, cell.metadata) == (mine.id, mine.cell_type, mine.metadata)
        if not mine.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source == mine.source
    for cell in restored.notebook.cells:
        assert "extra-" not in cell.id or not cell.metadata
    assert not present & restored.missing, accidents
    assert set(restored.answers) | restored.missing == set(answers)
    # A split in the middle of a cell and a move afterwards may tear an answer apart for good.
    if not {split, delete} & set(accidents):
        assert restored.answers == answers, accidents
    again = restore(solution, json.dumps(restored.notebook).encode())
    assert again.notebook == restored.notebook, accidents


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_raise_nothing_but_unreadable(real, seed):
    solution, lesson, _ = real
    rng = random.Random(seed)
    content = bytearray(json.dumps(lesson).encode())
    for _ in range(rng.randrange(1, 4)):
        start = rng.randrange(len(content))
        content[start : start + rng.randrange(60)] = rng.randbytes(rng.randrange(20))
    try:
        restored = restore(solution, bytes(content))
    except UnreadableError as error:
        assert str(error)
    else:
        nbformat.validate(restored.notebook)
