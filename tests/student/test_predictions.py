"""Guesses: kept beside the progress, shown beside the result, and honest about what came first."""

import json
import multiprocessing
import os
from fractions import Fraction

import nbformat
import numpy as np
import pytest

from course_lib import plots, predictions, progress
from course_lib.errors import CourseError
from course_lib.progress import Attempt
from course_tools.authoring import execute, read_lesson
from course_tools.grading.notebooks import grade_id, is_test, needed_cells

QUESTION = "accuracy at 32 pixels"


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "kept" / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


@pytest.fixture
def in_a_notebook(monkeypatch):
    """This process stands for a kernel; `test_in_a_real_kernel` uses one."""
    monkeypatch.setattr(progress, "_in_a_notebook", lambda: True)


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(predictions, "_only_here", [])


def guess(value, *more, question=QUESTION, low=0, high=1, **options):
    return predictions.guess("05", question, value, *more, low=low, high=high, **options)


def new_process(monkeypatch):
    """Forget what is not in the file, as a kernel does that starts again."""
    monkeypatch.setattr(predictions, "_only_here", [])


def rows(lesson="05"):
    return {each.question: each for each in predictions._kept().of_lesson(lesson)}


def printed(capsys):
    return capsys.readouterr().out


def test_in_a_real_kernel_a_guess_stands_beside_the_result_and_in_the_review(file, tmp_path):
    cells = [
        f"import os; os.environ['COURSE_PROGRESS'] = {str(file)!r}\n"
        "from course_lib import predictions",
        'mine = predictions.guess("05", "right at 32 pixels", 0.7, low=0, high=1)',
        'mine.came_out(0.43)\n"the result itself"',
        'predictions.guess("05", "larger photos need", ..., among=("more", "as many"))',
        'predictions.review("05")',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    _, noted, result, empty, review = execute(notebook, tmp_path).cells
    assert noted.outputs[0].text == "Noted: right at 32 pixels: 0.7.\n"
    assert result.outputs[0].text == (
        "right at 32 pixels: you guessed 0.7, and it came out as 0.43; "
        "the guess was too large by 0.27.\n"
    )
    assert [each.output_type for each in empty.outputs] == ["execute_result"]
    table, words = review.outputs
    assert "too large by 0.27" in table.data["text/plain"]
    assert f"Kept in {file}; nothing is sent anywhere." in words.text
    kinds = [json.loads(line)["kind"] for line in file.read_text().split("\n") if line]
    assert kinds == ["guess", "outcome"]


def test_without_guesses_nothing_is_said_until_the_review_invites(file, in_a_notebook, capsys):
    guess(...).came_out(0.43)
    assert printed(capsys) == ""
    predictions.review("05")
    assert printed(capsys) == predictions.NO_GUESSES.format(lesson="05") + "\n"


def test_a_guess_may_change_until_the_result_is_shown_and_then_stays(
    file, in_a_notebook, monkeypatch, capsys
):
    guess(0.9)
    guess(0.7).came_out(0.43)
    new_process(monkeypatch)
    assert guess(0.43).value == 0.7
    assert "your guess stays 0.7" in printed(capsys)
    assert (rows()[QUESTION].guess, rows()[QUESTION].late) == (0.7, False)
    assert guess(...).value == 0.7


def test_a_guess_after_the_result_is_called_late_and_is_no_foresight(file, in_a_notebook, capsys):
    guess(...).came_out(0.43)
    guess(0.43).came_out(0.43)
    said = printed(capsys)
    assert "a guess from after the result was shown" in said
    assert "you guessed 0.43 (after the result)" in said
    predictions.review("05")
    said = printed(capsys)
    assert predictions.NONE_IN_TIME in said and "Right, or off" not in said


def test_a_result_that_changes_meets_the_same_guess(file, in_a_notebook):
    mine = guess(0.7)
    mine.came_out(0.1)
    mine.came_out(0.43)
    assert (rows()[QUESTION].guess, rows()[QUESTION].outcome) == (0.7, 0.43)


def test_running_all_again_adds_no_line(file, in_a_notebook):
    for _ in range(3):
        guess(0.7).came_out(np.float32(1 / 3))
    assert len(file.read_text().strip().split("\n")) == 2


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("0.7", predictions.NO_QUOTES),
        (80, "80 % is written 0.8."),
        (-0.1, "a number from 0 to 1"),
        ([0.7], "[0.7]"),
        (None, "None"),
        (True, "True"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (10**400, "a number from 0 to 1"),
        (np.array([0.5]), "array"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_and_stops_nothing(
    file, in_a_notebook, capsys, value, hint
):
    mine = guess(value)
    said = printed(capsys)
    assert said.startswith(f"Not noted: {QUESTION}: your guess should be a number from 0 to 1;")
    assert hint in said
    mine.came_out(0.43)
    assert mine.value is None and printed(capsys) == ""


def test_a_decimal_comma_is_recognised(file, in_a_notebook, capsys):
    assert guess(0, 7).value is None
    assert predictions.ONE_POINT in printed(capsys)


@pytest.mark.parametrize("value", [np.float32(0.5), Fraction(1, 2), 0.5])
def test_any_kind_of_number_is_a_number(file, in_a_notebook, value):
    assert guess(value).value == 0.5


def test_a_wrong_value_leaves_the_earlier_guess(file, in_a_notebook):
    guess(0.7)
    assert guess("0.8").value == 0.7


def test_a_choice_is_one_of_the_words(file, in_a_notebook, capsys):
    words = {"question": "larger photos need", "low": None, "high": None}
    choose = {"among": ("more", "as many"), **words}
    assert guess("fewer", **choose).value is None
    assert 'one of "more", "as many", in quotes' in printed(capsys)
    mine = guess(" More ", **choose)
    mine.came_out("as many")
    assert mine.value == "more" and "the guess was wrong" in printed(capsys)
    with pytest.raises(CourseError, match="came out as 'fewer'"):
        mine.came_out("fewer")


@pytest.mark.parametrize(
    ("value", "outcome", "limits", "words"),
    [
        (0.7, 0.4301, (0, 1), "too large by 0.27"),
        (0.4, 0.43, (0, 1), "too small by 0.03"),
        (0.43, 0.4304, (0, 1), "right"),
        (15, 15, (0, None), "right"),
        (1_000_000, 2_098_176, (0, None), "too small by a factor of 2.1"),
        (2_000_000, 2_098_176, (0, None), "too small by 5 %"),
        (30, 20, (0, None), "too large by 50 %"),
        (0, 3, (0, None), "too small by 3"),
        (-20, 10, (-100, 100), "too small by 30"),
    ],
)
def test_how_far_off_is_said_in_the_unit_that_fits(
    file, in_a_notebook, capsys, value, outcome, limits, words
):
    guess(value, low=limits[0], high=limits[1]).came_out(outcome)
    assert printed(capsys).endswith(f"the guess was {words}.\n")


def test_the_review_counts_the_near_ones_and_names_the_farthest(file, in_a_notebook, capsys):
    for question, value, outcome in (("a", 0.5, 0.55), ("b", 0.9, 0.1), ("c", 0.2, 0.5)):
        guess(value, question=question).came_out(outcome)
    guess(0.3, question="not run yet")
    printed(capsys)
    predictions.review("05")
    said = printed(capsys)
    assert "Right, or off by less than a tenth: 1 of 3." in said
    assert predictions.FARTHEST.format(question="b") in said
    cells = next(line for line in said.splitlines() if "not run yet" in line).split("│")
    assert [cell.strip() for cell in cells[1:-1]] == ["not run yet", "0.3", "–", ""]


def test_all_near_is_said_as_well(file, in_a_notebook, capsys):
    guess(0.5).came_out(0.52)
    predictions.review("05")
    assert predictions.ALL_NEAR in printed(capsys)


def test_a_result_that_is_not_a_number_yet_is_passed_over(file, in_a_notebook, capsys):
    mine = guess(0.5)
    printed(capsys)
    mine.came_out(float("nan"))
    assert printed(capsys) == "" and rows()[QUESTION].outcome is None


def test_outside_a_notebook_nothing_is_written(file, capsys):
    guess(0.5).came_out(0.4)
    assert "you guessed 0.5" in printed(capsys) and not file.exists()


def test_off_means_until_the_kernel_stops(monkeypatch, in_a_notebook, capsys):
    monkeypatch.setenv(progress.VARIABLE, progress.OFF)
    guess(0.5).came_out(0.4)
    predictions.review("05")
    said = printed(capsys)
    assert "too large by 0.1" in said and "Kept in" not in said
    new_process(monkeypatch)
    assert rows() == {}


@pytest.mark.parametrize("place", ["a directory", "below a file"])
def test_a_file_that_cannot_be_used_is_said_and_the_guess_is_remembered(
    tmp_path, monkeypatch, in_a_notebook, capsys, place
):
    (tmp_path / "plain").touch()
    path = tmp_path if place == "a directory" else tmp_path / "plain" / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    guess(...).came_out(0.4)
    assert printed(capsys) == ""
    mine = guess(0.5, question="another")
    assert f"Your guesses can't be kept in {path} (" in printed(capsys)
    mine.came_out(0.4)
    assert "you guessed 0.5" in printed(capsys)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is played by /dev/full")
def test_a_full_disk_is_said_and_the_guess_is_remembered(monkeypatch, in_a_notebook, capsys):
    monkeypatch.setattr(progress, "read_records", lambda file: ([], 0))
    monkeypatch.setenv(progress.VARIABLE, "/dev/full")
    guess(0.5)
    assert "No space left on device" in printed(capsys)
    assert rows()[QUESTION].guess == 0.5


@pytest.mark.parametrize(
    "damage",
    [b"\xff\xfe", b'{"kind": "guess", "less', b"[]", b'{"kind": "guess", "lesson": 5}']
    + [b'{"kind": "outcome", "lesson": "05", "question": "q", "value": NaN}'],
)
def test_damaged_lines_are_counted_and_cost_nothing_else(file, in_a_notebook, capsys, damage):
    guess(0.5)
    with file.open("ab") as stream:
        stream.write(b"\n" + damage)
    guess(0.6, question="another")
    predictions.review("05")
    assert [each.guess for each in rows().values()] == [0.5, 0.6]
    assert "left out: 1." in printed(capsys)


def test_progress_passes_guesses_over_and_they_pass_over_progress(file, in_a_notebook, capsys):
    guess(0.5).came_out(0.4)
    line = progress.note("05", "Exercise 1", passed=True)
    assert line == "Lesson 05: 1 of 6 exercises done; next: Exercise 2."
    assert progress.read(file) == progress.History((Attempt("05", "caffe_preprocess", True),), 0)
    assert predictions.read(file)[1] == 0 and list(rows()) == [QUESTION]


def guess_many(path, lesson):
    progress._in_a_notebook = lambda: True
    os.environ[progress.VARIABLE] = path
    for number in range(20):
        predictions.guess(lesson, f"question {number}", number, low=0).came_out(2 * number)


def test_two_notebooks_at_once_lose_nothing(file):
    context = multiprocessing.get_context("spawn")
    lessons = ("40", "41")
    writers = [context.Process(target=guess_many, args=(str(file), each)) for each in lessons]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    notes, damaged = predictions.read(file)
    assert (len(notes), damaged) == (80, 0)


def test_plots_mark_a_guess_and_leave_out_an_empty_one():
    curve = {"measured": ([0, 1, 2], [0.1, 0.4, 0.5])}
    axes = plots.lines(curve, guesses=[(1, 0.7), (2, None)]).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["measured", "your guess"]
    assert axes.lines[-1].get_xydata().tolist() == [[1.0, 0.7]]
    plain = plots.lines(curve, guesses=[(1, None)]).axes[0]
    assert len(plain.lines) == 1
    rows = {"a": (0.5, (0.4, 0.6)), "b": (0.7, (0.6, 0.8))}
    axes = plots.intervals(rows, guesses={"b": 0.9}).axes[0]
    assert axes.lines[-1].get_xydata().tolist() == [[0.9, 1.0]]
    with pytest.raises(CourseError, match="no value for the guess of c"):
        plots.intervals(rows, guesses={"c": 0.9})


def test_each_question_of_a_lesson_is_asked_once_answered_and_reviewed(root, lesson_name):
    text = (root / "solutions" / f"{lesson_name}.py").read_text(encoding="utf-8")
    code = "\n".join(
        cell.source
        for cell in read_lesson(root / "solutions" / f"{lesson_name}.py").cells
        if cell.kind == "code"
    )
    asked = [line.split(" = ")[0] for line in code.splitlines() if "= predictions.guess(" in line]
    assert asked and len(set(asked)) == len(asked)
    assert all(code.count(name) > 1 for name in asked)
    assert f'predictions.review("{lesson_name[:2]}")' in text


def test_no_exercise_needs_a_guess(solution):
    for cell in solution.cells:
        if cell.cell_type == "code" and is_test(cell):
            for index in needed_cells(solution, grade_id(cell)):
                source = solution.cells[index].source
                assert "predictions.guess(" not in source and ".came_out(" not in source, source
