"""Cut Noto Sans SC down to the characters that the Chinese catalogues use, for figures.

Run from the repository root when a test says that a catalogue uses a character that the font lacks:

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3
    tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python -m recipes.subset_noto_sans_sc package/400Regular/NotoSansSC_400Regular.ttf

fontTools, which cuts it, comes with Matplotlib. Who made the font, and under which licence, stands
in `course_lib/locale/PROVENANCE.md`.
"""

import argparse
import hashlib
import io
import string
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from course_lib.errors import CourseError
from course_lib.fonts import FONTS
from course_lib.language import LOCALE
from course_lib.plumbing import sha256_of, write_atomically

LANGUAGE = "zh"
SHA256 = "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16"
ROOT = Path(__file__).parents[1]
CATALOGUES = (
    f"course_lib/locale/{LANGUAGE}/LC_MESSAGES/course.po",
    f"solutions/{LANGUAGE}/*.po",
)
# What axes and their labels need besides.
ALWAYS = string.printable.strip() + " −×±·°²³≈≤≥→∞"


def characters(root: Path = ROOT) -> set[str]:
    """Return every printable character of the Chinese catalogues, and those of axes."""
    files = [file for pattern in CATALOGUES for file in root.glob(pattern)]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return {character for character in ALWAYS + text if character.isprintable()}


def main() -> None:
    """Cut the font given on the command line, and say what PROVENANCE.md has to say of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path, help="NotoSansSC_400Regular.ttf of the npm package")
    content = parser.parse_args().font.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != SHA256:
        raise CourseError(f"The font has SHA-256 {found}, expected {SHA256}. Get version 0.4.3.")
    file = LOCALE / FONTS[LANGUAGE].file
    write_atomically(file, _subset(content, characters()))
    print(f"{file}: SHA-256 `{sha256_of(file)}`, {file.stat().st_size:,} bytes")


def _subset(content: bytes, wanted: set[str]) -> bytes:
    font = TTFont(io.BytesIO(content), recalcTimestamp=False)
    # Matplotlib uses neither hints of this font nor alternative forms; the licence stays within.
    options = Options(hinting=False, layout_features=[], name_IDs=["*"], notdef_outline=True)
    cutter = Subsetter(options)
    cutter.populate(unicodes=[ord(character) for character in wanted])
    cutter.subset(font)
    cut = io.BytesIO()
    font.save(cut)
    return cut.getvalue()


if __name__ == "__main__":
    main()
