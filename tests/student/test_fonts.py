"""Figures in Chinese: the font that comes with the course holds what the catalogues use."""

import io
import warnings

import matplotlib
import pytest
from checkout import ROOT
from figures import HISTORY, all_plots
from matplotlib import font_manager

from course_lib import fonts, plots
from course_lib.language import LOCALE, using
from course_lib.plumbing import sha256_of
from recipes.subset_noto_sans_sc import characters


@pytest.fixture(autouse=True)
def as_before():
    with matplotlib.rc_context():
        yield


def saved(figure):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of a glyph that it has in no font
        figure.savefig(io.BytesIO(), format="png")


def glyphs(file):
    return {chr(code) for code in font_manager.get_font(file).get_charmap()}


def test_every_character_of_the_catalogues_can_be_drawn():
    """Should it fail: recipes/subset_noto_sans_sc.py says how to cut the font anew."""
    ours = glyphs(LOCALE / fonts.FONTS["zh"].file)
    other = glyphs(font_manager.findfont("DejaVu Sans"))
    wanted = characters(ROOT)
    assert "".join(sorted(wanted - ours - other)) == ""
    assert len(ours - wanted) < 100, "many of its characters are used by no catalogue any more"


def test_each_font_is_small_and_its_origin_and_licence_stand_beside_it():
    page = (LOCALE / "PROVENANCE.md").read_text(encoding="utf-8")
    assert {LOCALE / font.file for font in fonts.FONTS.values()} == {*LOCALE.rglob("*.ttf")}
    for font in fonts.FONTS.values():
        path = LOCALE / font.file
        assert f"## `{font.file}`" in page and sha256_of(path) in page
        assert path.stat().st_size < 500_000 and f"{path.stat().st_size:,} bytes" in page
    assert "SIL OPEN FONT LICENSE Version 1.1" in page


def test_figures_in_chinese_lack_no_glyph_even_beside_a_formula():
    with using("zh"):
        figures = [
            *all_plots(),
            plots.learning_curves(
                {"对照": HISTORY}, title=r"解冻：$\theta' = \theta + \Delta\theta$"
            ),
            plots.bars({"教科书分类头 −1": 0.5}, xlabel="准确率，‖Δθ‖ ✗"),
        ]
        assert figures[0].axes[0].get_xlabel() == "轮次"
        for figure in figures:
            saved(figure)


def test_english_figures_and_a_font_of_ones_own_stay_as_they_are():
    default = matplotlib.rcParams["font.family"]
    with using("zh"):
        plots.bars({"a": 1.0})
        assert matplotlib.rcParams["font.family"][0] == "Noto Sans SC"
    plots.bars({"a": 1.0})
    assert matplotlib.rcParams["font.family"] == default
    matplotlib.rcParams["font.family"] = ["monospace"]
    with using("zh"):
        plots.bars({"a": 1.0})
    assert matplotlib.rcParams["font.family"] == ["monospace"]
