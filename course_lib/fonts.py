"""The font of figures, in a language that Matplotlib's own font can't write."""

from course_lib import assets
from course_lib.language import current

# Language -> family, and the asset that holds the glyphs which the catalogues use.
FONTS = {"zh": ("Noto Sans SC", "noto_sans_sc_subset.ttf")}
_OTHER_GLYPHS = "DejaVu Sans"


def fit_to_language() -> None:
    """Let Matplotlib write the language in use, from the next figure on.

    A font that somebody has chosen stays.

    Raises:
        AssetError: the font is missing or damaged.
    """
    import matplotlib
    from matplotlib import font_manager

    default = matplotlib.rcParamsDefault["font.family"]
    # The order counts: a text that holds a formula is set in the first family alone.
    of_language = {code: [family, _OTHER_GLYPHS] for code, (family, _file) in FONTS.items()}
    if matplotlib.rcParams["font.family"] not in (default, *of_language.values()):
        return
    if current() not in FONTS:
        matplotlib.rcParams["font.family"] = default
        return
    family, asset = FONTS[current()]
    known = {font.fname for font in font_manager.fontManager.ttflist}
    if (file := str(assets.path(asset))) not in known:
        font_manager.fontManager.addfont(file)
    matplotlib.rcParams["font.family"] = of_language[current()]
