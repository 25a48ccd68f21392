"""Every lesson with the oldest, Colab's and the newest TensorFlow and Keras: `make test-versions`.

Each is an environment of its own in `.versions/`, made by uv when it is missing or out of date:

- `oldest`: the lower bounds of `pyproject.toml`, with Python 3.11;
- `colab`: what Colab's runtime has (`colab_runtime.txt`), with its Python, 3.12; the course itself
  comes with the first cell of a notebook, as on Colab, and every cell runs again, in another order;
- `newest`: whatever is newest today, without `constraints.txt`, with Python 3.13.

Where one of these Pythons is missing, that of the tests stands in, and the output says so.

A whole run takes an hour or two on two cores; one of its parts is
`pytest tests/system/versions.py -k "oldest and 06"`.
"""

import hashlib
import random
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from checkout import LESSONS
from colab import (
    ROOT,
    Failed,
    graded,
    load_google_colab,
    notebook_on_colab,
    repository_of_checkout,
    session,
)
from packaging.utils import canonicalize_name

FOLDER = ROOT / ".versions"
PYPROJECT = ROOT / "pyproject.toml"
RUNTIME = Path(__file__).with_name("colab_runtime.txt")
COURSE = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["name"]
LOCAL = ["--extra", "local", "--extra", "solar", "--requirements", PYPROJECT]


@pytest.fixture(scope="module", params=["oldest", "colab", "newest"])
def python(request):
    """The Python of an environment."""
    python = {"oldest": oldest, "colab": colab, "newest": newest}[request.param]()
    versions = installed(python)
    run_by = subprocess.run([python, "--version"], capture_output=True, text=True).stdout.strip()
    named = ", ".join(f"{name} {versions[name]}" for name in ("tensorflow", "keras", "numpy"))
    print(f"\n{request.param}: {run_by}, {named}")
    return python


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return repository_of_checkout(tmp_path_factory.mktemp("repository") / "course")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_to_its_end(name, python, repository, tmp_path):
    notebook = notebook_on_colab(name, repository, solved=True)
    with session(python, notebook, tmp_path / "content", HOME=str(tmp_path)) as learner:
        for position in learner.code:
            assert_right(learner, position)
        if python.is_relative_to(FOLDER / "colab"):
            for position in random.Random(7).sample(learner.code, len(learner.code)):
                assert_right(learner, position)
                assert_right(learner, position)
            listed = versions_in(RUNTIME.read_text(encoding="utf-8"))
            changed = listed.items() - installed(python).items()
            assert not changed, "the course has replaced what Colab's own notebook runs with"


@pytest.mark.parametrize("version", ["3.11.2", "3.12", "3.13"])  # Debian 12 has 3.11.2
@pytest.mark.parametrize(
    "platform",
    [
        "x86_64-unknown-linux-gnu",
        "aarch64-unknown-linux-gnu",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ],
)
def test_what_is_pinned_exists_ready_made_for_every_system(platform, version):
    """All but Macs with an Intel processor, for which there is no TensorFlow (see the README)."""
    uv(
        "pip",
        "compile",
        "--quiet",
        "--only-binary",
        ":all:",
        "--all-extras",
        PYPROJECT,
        "--group",
        f"{PYPROJECT}:dev",
        "--constraint",
        ROOT / "constraints.txt",
        "--python-platform",
        platform,
        "--python-version",
        version,
    )


def test_pins_are_what_make_constraints_writes(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        ["make", "constraints", f"BIN={Path(sys.executable).parent}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "constraints.txt").read_text() == (ROOT / "constraints.txt").read_text()


def assert_right(learner, position):
    """Run a cell: it succeeds, and a check cell says that the answer is right."""
    output = learner.run(position)
    assert not isinstance(output, Failed), output
    if graded(learner.notebook.cells[position]):
        assert output.startswith("✓"), output


def oldest():
    python = environment("oldest", "3.11", ["--resolution", "lowest-direct", *LOCAL])
    uv("pip", "install", "--python", python, "--no-deps", "--reinstall-package", COURSE, ROOT)
    return python


def newest():
    python = environment("newest", "3.13", LOCAL)
    uv("pip", "install", "--python", python, "--no-deps", "--reinstall-package", COURSE, ROOT)
    return python


def colab():
    python = environment("colab", "3.12", ["--requirements", RUNTIME])
    # An earlier run has left the course there; a session of Colab begins without it.
    uv("pip", "uninstall", "--python", python, COURSE, "elpv-dataset")
    site_packages = next(python.parents[1].glob("lib/python*/site-packages"))
    if not (site_packages / "google" / "colab").exists():
        load_google_colab(site_packages)
    return python


def environment(name, version, requirements):
    """Return the Python of an environment with these requirements, made anew if they changed."""
    folder, python = FOLDER / name, FOLDER / name / "bin" / "python"
    wanted = hashlib.sha256(PYPROJECT.read_bytes() + RUNTIME.read_bytes()).hexdigest()
    stamp = folder / "made-for"
    if not (stamp.is_file() and stamp.read_text(encoding="ascii") == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        uv("venv", "--python", interpreter(version), folder)
        uv("pip", "install", "--python", python, *requirements)
        stamp.write_text(wanted, encoding="ascii")
    return python


def interpreter(version):
    """Return a Python of this version, by its name or from pyenv; else the one of the tests."""
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for found in filter(None, [shutil.which(f"python{version}"), *of_pyenv]):
        if subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    return sys.executable


def installed(python):
    """Return the version of every package in the environment of a Python."""
    return versions_in(uv("pip", "freeze", "--python", python))


def versions_in(text):
    """Return name -> version of the lines NAME==VERSION, each name in its one normal form."""
    pinned = (line.split("==") for line in text.splitlines() if "==" in line)
    return {canonicalize_name(name): version for name, version in pinned}


def uv(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "uv", *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
