import collections
import re

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import CheckFailed


def message(function, *args, **named):
    with pytest.raises(CheckFailed) as caught:
        function(*args, **named)
    return str(caught.value)


@pytest.mark.parametrize(
    "value", [0.75, np.float32(0.75), np.array(0.75), 3 / 4 + 1e-9, np.array([0.75])[0]]
)
def test_close_accepts_every_reasonable_kind_of_number(value):
    checks.close(value, 0.75, "recall(…)")


def test_close_accepts_a_tensor_and_nested_lists():
    import keras

    checks.close(keras.ops.convert_to_tensor([[1.0, 2.0]]), [[1, 2]], "f()")
    checks.close([[1, 2]], np.array([[1.0, 2.0]]), "f()")
    checks.close((True, False), [1, 0], "f()")


def test_close_names_the_symptom_and_the_matching_cause_and_not_the_answer():
    text = message(
        checks.close,
        0.5,
        0.75,
        "recall([[1, 1]])",
        causes=[(0.6, "another mistake."), (0.5, "this is precision.")],
    )
    assert (
        text == "recall([[1, 1]]) gave 0.5, which is not right.\n  Likely cause: this is precision."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "no `return`"),
        ("0.75", "text"),
        (float("nan"), "nan"),
        ([0.75], r"has shape (1,); the shape () is needed"),
        ([[1], [1, 2]], "numbers are needed"),
        (object(), "numbers are needed"),
        (0.75j, "numbers are needed"),
        (float("inf"), "inf"),
    ],
)
def test_close_explains_values_of_the_wrong_kind(value, words):
    text = message(checks.close, value, 0.75, "f()")
    assert words in text
    assert "0.75" not in text.replace("0.75j", "")


def test_what_was_computed_from_no_number_is_not_right():
    assert "gave nan" in message(checks.close, float("nan"), float("nan"), "f()")
    assert "not right" in message(checks.close, 1.0, float("nan"), "f()")


class EqualToAll:
    def __eq__(self, other):
        return True

    __hash__ = None


class IntEqualToAll(int):
    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize("liar", [EqualToAll(), IntEqualToAll(0), [EqualToAll()]])
@pytest.mark.parametrize("comparison", [checks.close, checks.equal])
def test_objects_that_claim_equality_do_not_pass(comparison, liar):
    with pytest.raises(CheckFailed):
        comparison(liar, 9, "f()")
    with pytest.raises(CheckFailed):
        checks.true(liar, "not true")


def test_equal_compares_plain_data_and_ignores_list_or_tuple():
    checks.equal((1, [2.0, "x"], None), [1, (2, "x"), None], "f()")
    checks.equal({"a": np.array([1, 2])}, {"a": [1, 2]}, "f()")
    checks.equal({1, 2}, {2, 1}, "f()")
    assert "gave 'dog'" in message(checks.equal, "dog", "cat", "best()")
    assert "cat" not in message(checks.equal, "dog", "cat", "best()")


def test_a_truthy_value_is_not_true():
    assert "odd" in message(checks.true, "yes", "odd")
    checks.true(np.bool_(True), "fine")


def test_unchanged():
    checks.unchanged([1, 2], np.array([1, 2]), "The argument x")
    assert "in-place" in message(checks.unchanged, [1, 2], [1, 3], "The argument x")


def test_exercise_prints_a_line_when_all_holds(capsys):
    with checks.exercise("Exercise 1"):
        checks.close(1, 1, "one()")
    assert capsys.readouterr().out == "✓ Exercise 1: correct.\n"


def test_exercise_says_when_nothing_was_written_yet():
    with pytest.raises(CheckFailed, match="✗ Exercise 1: not written yet"):
        with checks.exercise("Exercise 1"):
            raise NotImplementedError()


def test_exercise_turns_a_learners_error_into_a_message_and_keeps_the_cause():
    with pytest.raises(CheckFailed, match="your code raised ZeroDivisionError") as caught:
        with checks.exercise("Exercise 1"):
            1 / 0  # noqa: B018
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_in_a_notebook_only_the_message_is_shown_and_the_learners_line_is_named(tmp_path):
    import nbformat

    from course_tools.authoring import execute

    cells = [
        "def recall(x):\n    y = x - x\n    return 1 / y",
        "from course_lib import checks\nwith checks.exercise('Recall'):\n"
        "    checks.close(recall(3), 1, 'recall(3)')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    execute(notebook, tmp_path, allow_errors=True)
    (error,) = notebook.cells[1].outputs
    assert error.ename == "CheckFailed"
    assert error.traceback == [
        "✗ Recall: your code raised ZeroDivisionError: division by zero",
        "  at: line 3 of the cell that defines `recall`: return 1 / y",
    ]


def test_a_name_of_a_cell_that_has_not_run_is_explained():
    with pytest.raises(checks.CheckFailed, match="Run the cells above first") as caught:
        with checks.exercise("Exercise 1"):
            photos_of_an_earlier_cell  # noqa: B018, F821
    assert "Likely cause: a cell above has not been run" in str(caught.value)


# -- judgement tasks -------------------------------------------------------------------------------

CLAIMS = {"A": "shown", "B": "open", "C": "open"}
CLAIM_SEAL = checks.seal(
    CLAIMS, salt="test", choices=("shown", "open"), causes=[({"B": "shown"}, "zero is inside.")]
)
ORDER_SEAL = checks.seal(
    ["freeze", "compile", "fit"], salt="test", causes=[(["fit", "compile"], "not ready.")]
)


@pytest.mark.parametrize(
    "answer",
    [
        dict(reversed(CLAIMS.items())),
        {np.str_("a"): " Shown", "b": np.str_("OPEN"), " C ": "open"},
        collections.OrderedDict(CLAIMS),
    ],
)
def test_a_judgement_counts_in_any_honest_spelling(answer):
    checks.judged(answer, CLAIM_SEAL, "claims()")


@pytest.mark.parametrize(
    "answer", [("freeze", "compile", "fit"), np.array(["Freeze", "compile ", "fit"])]
)
def test_an_order_counts_in_any_honest_spelling(answer):
    checks.judged(answer, ORDER_SEAL, "plan()")


@pytest.mark.parametrize(
    ("answer", "right", "words"),
    [
        (
            CLAIMS | {"B": "shown"},
            CLAIM_SEAL,
            "judges at least one of them wrongly.*zero is inside",
        ),
        (CLAIMS | {"A": "open"}, CLAIM_SEAL, "judges at least one of them wrongly.*look again"),
        (CLAIMS | {"B": ["shown", "open"]}, CLAIM_SEAL, "a list where text"),
        (CLAIMS | {"B": "shown open"}, CLAIM_SEAL, "says 'shown open'.*shown, open"),
        (CLAIMS | {"a": "open"}, CLAIM_SEAL, "names one of them twice"),
        (CLAIMS | {"D": "open"}, CLAIM_SEAL, "names 'd', which isn't asked for"),
        ({"A": "shown"}, CLAIM_SEAL, "leaves out B, C"),
        ({}, CLAIM_SEAL, "leaves out A, B, C"),
        (set(CLAIMS), CLAIM_SEAL, "gave a set; a dict"),
        (CLAIMS | {"B": EqualToAll()}, CLAIM_SEAL, "an EqualToAll where text"),
        (EqualToAll(), CLAIM_SEAL, "a dict"),
        (None, CLAIM_SEAL, "missing `return`"),
        (["freeze", "fit", "compile"], ORDER_SEAL, "places at least one.*not ready"),
        (["compile", "freeze", "fit"], ORDER_SEAL, "places at least one.*look again"),
        ({"freeze", "compile", "fit"}, ORDER_SEAL, "a set, which has no order"),
        ((each for each in ("freeze", "compile", "fit")), ORDER_SEAL, "a generator"),
        (["freeze", "compile", "fit", "freeze"], ORDER_SEAL, "names one of them twice"),
        ([], ORDER_SEAL, "leaves out compile, fit, freeze"),
        ([EqualToAll()] * 3, ORDER_SEAL, "an EqualToAll where text"),
    ],
)
def test_a_wrong_or_forged_judgement_is_told_a_mistake_and_not_its_place(answer, right, words):
    text = message(checks.judged, answer, right, "f()", otherwise="look again.")
    assert re.search(words, text, re.DOTALL), text


def test_a_seal_shows_neither_the_answer_nor_the_place_of_a_cause():
    shown = repr(CLAIM_SEAL)
    assert not re.search(r"'A': |B: shown|'B'[^,]", shown)
    assert CLAIM_SEAL.whole != checks.seal(CLAIMS, salt="other", choices=("shown", "open")).whole


@pytest.mark.parametrize(
    ("answer", "causes"),
    [
        (CLAIMS, [({"A": "shown"}, "this is right.")]),
        (CLAIMS, [({"D": "open"}, "there is no D.")]),
        (["a", "b"], [(["a", "b"], "this is right.")]),
        (["a", "b"], [(["b"], "one alone has no order.")]),
        (["a", "a"], []),
        ({"A": "perhaps"}, []),
    ],
)
def test_a_seal_that_contradicts_itself_is_refused(answer, causes):
    with pytest.raises(ValueError, match="no part of a wrong answer|none of|twice"):
        choices = ("shown", "open") if isinstance(answer, dict) else ()
        checks.seal(answer, salt="test", choices=choices, causes=causes)
