"""What a learner reads, in another language; English is held by the tests of each module."""

import os
import subprocess
import sys
import textwrap
import unicodedata

import numpy as np
import pytest
from checkout import ROOT

from course_lib import checks, environment, errors, language, predictions, progress, reports
from course_lib.checks import CheckFailed
from course_lib.language import _, later, ngettext, using, wrapped


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv(language.VARIABLE, "zh")


def failed(check, title="练习"):
    with pytest.raises(CheckFailed) as caught:
        with checks.exercise(title):
            check()
    return str(caught.value)


def test_a_check_speaks_the_chosen_language(chinese, capsys):
    with checks.exercise("练习 1"):
        checks.close(1.0, 1.0, "f()")
    assert capsys.readouterr().out == "✓ 练习 1：正确。\n"
    wrong = failed(lambda: checks.close([3.0], [4.0], "f()", causes=[([3.0], "少了一个。")]))
    assert wrong == "✗ 练习：f() = [3.]，结果不对。\n  可能的原因：少了一个。"
    assert failed(lambda: checks.equal(object(), 1, "f()")) == (
        "✗ 练习：f() 得到的是 object；需要的是普通的数、文本或列表。"
    )
    assert failed(lambda: 1 / 0).startswith("✗ 练习：你的代码抛出了 ZeroDivisionError：")


@pytest.mark.parametrize(("actual", "holds"), [([1.0, 2.0], True), ([1.0, 3.0], False), (7, False)])
def test_the_language_decides_no_check(actual, holds):
    for code in ("en", "zh", "xx"):
        with using(code):
            try:
                checks.close(actual, np.array([1.0, 2.0]), "f()")
            except CheckFailed:
                assert not holds
            else:
                assert holds


def test_without_a_choice_it_is_english_and_an_unknown_language_is_too(monkeypatch):
    monkeypatch.delenv(language.VARIABLE, raising=False)
    assert language.current() == "en" and _("{what} gave {value}.") == "{what} gave {value}."
    monkeypatch.setenv(language.VARIABLE, "tlh")
    assert _("quotes may be missing.") == "quotes may be missing."
    assert _("") == "" and ngettext("{count} point", "{count} points", 2) == "{count} points"


def test_what_the_environment_says_beats_the_notebook_and_a_block_beats_both(monkeypatch):
    monkeypatch.setattr(language, "_of_notebook", "")
    monkeypatch.delenv(language.VARIABLE, raising=False)
    language.set_for_notebook("zh")
    assert language.current() == "zh"
    monkeypatch.setenv(language.VARIABLE, "en")
    assert language.current() == "en"
    with using("zh"):
        assert _("right") == "猜对了"
    assert _("right") == "right"


def test_progress_and_guesses_are_told_in_the_language_with_its_titles(chinese, tmp_path):
    outline = progress.outlines()["00"]
    assert outline.title == "00 · 从这里开始"
    attempt = progress.Attempt("00", "dense_parameters", True)
    line = progress.state_of_lesson(attempt, progress.History((attempt,)), tmp_path)
    assert line.startswith("第 00 课：所有练习都已完成。")
    outcome = predictions.Prediction("问题", guess=3.0, outcome=12.0)
    assert predictions.off(outcome) == "猜小了 4 倍"


def test_an_exercise_is_the_same_one_under_its_title_in_any_language(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "_in_a_notebook", lambda: True)
    file = tmp_path / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(file))
    titles = {}
    for code in ("zh", "en"):
        with using(code):
            titles[code] = progress.outlines()["00"].exercises["dense_parameters"]
            progress.note("00", titles[code], passed=True)
    assert titles["en"] != titles["zh"]
    assert progress.read(file).attempts == (progress.Attempt("00", "dense_parameters", True),)


def test_reports_environment_and_errors_are_translated(chinese):
    report = reports.ModelReport(
        "网络", "用途。", ["甲"], ["乙"], {"a": {"F1": 0.5}}, ["丙"], ["丁"], "MIT"
    )
    assert report.markdown().startswith("# 模型报告：网络\n\n用途。\n\n## 不适用于\n\n- 甲")
    full = OSError(28, "No space left on device", "marks.csv")
    assert errors.advice_on(full).startswith("marks.csv：磁盘已满。")
    assert set(environment.versions()) >= {"python", "keras"}


@pytest.mark.parametrize(
    "text", ["A line that is long enough to be broken somewhere. " * 4, "short"]
)
def test_english_is_wrapped_as_ever(text):
    assert wrapped(text, 80, "  ") == textwrap.wrap(text, 80, subsequent_indent="  ")


def test_chinese_is_wrapped_by_its_width():
    text = "这一行里有 `dense_parameters(4, 3)` 和许多汉字，它比屏幕还要宽，所以要断开。" * 4
    lines = wrapped(text, 40, "  ")
    width = [sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line) for line in lines]
    assert max(width) <= 42 and min(width[:-1]) > 20  # a mark may hang over
    assert not any(line.lstrip()[0] in "，。、" for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_failed_check_in_chinese_fits_the_line_that_validate_shows(chinese):
    with pytest.raises(CheckFailed) as caught:
        with checks.exercise("练习"):
            checks.fail("你的函数算出来的结果和应该得到的不一样。" * 6)
    shown = caught.value._render_traceback_()
    assert len(shown) > 2 and all(len(line) <= 42 for line in shown)


def test_the_language_costs_no_import():
    code = "import course_lib.language, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"babel", "numpy", "keras", "tensorflow"} & set(loaded)


def test_a_sentence_for_later_stays_english_until_it_is_shown(chinese):
    sentence = later("wrong")
    assert sentence == "wrong" and _(sentence) == "猜错了"
    assert os.environ[language.VARIABLE] == "zh"
