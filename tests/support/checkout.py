"""Where the checkout is, which lessons it has, and a small one to try things on."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))


def small_checkout(folder, source):
    """Make a folder a checkout with one lesson, `01_good`, and return it."""
    for name in ("solutions", "lessons", "course_lib"):
        (folder / name).mkdir()
    (folder / "pyproject.toml").write_text('[tool.course]\nrepository = ""\n')
    (folder / "solutions" / "01_good.py").write_text(source)
    return folder
