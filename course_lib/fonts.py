"""The font of figures, in a language that Matplotlib's own font can't write."""

from typing import NamedTuple

from course_lib.language import LOCALE, current

_OTHER_GLYPHS = "DejaVu Sans"


class Font(NamedTuple):
    """A font that comes with the course: its name, and its file, which lies in `locale/`."""

    family: str
    file: str


# A font's file changes with the catalogues, and no lesson computes with it; so it is not one of the
# assets, on which kept runs of lessons depend.
FONTS = {"zh": Font("Noto Sans SC", "zh/noto_sans_sc_subset.ttf")}


def fit_to_language() -> None:
    """Let Matplotlib write the language in use, from the next figure on.

    A font that somebody has chosen stays.
    """
    import matplotlib
    from matplotlib import font_manager

    default = matplotlib.rcParamsDefault["font.family"]
    # The order counts: a text that holds a formula is set in the first family alone.
    of_language = {code: [font.family, _OTHER_GLYPHS] for code, font in FONTS.items()}
    if matplotlib.rcParams["font.family"] not in (default, *of_language.values()):
        return
    if current() not in FONTS:
        matplotlib.rcParams["font.family"] = default
        return
    file = str(LOCALE / FONTS[current()].file)
    if file not in {font.fname for font in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(file)
    matplotlib.rcParams["font.family"] = of_language[current()]
