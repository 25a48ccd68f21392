"""`environment.yml`: by conda where there is one; elsewhere its parts, as conda would use them.

Conda installs `dependencies` from its channels, and hands the lines below `pip` to pip, in a file
of requirements beside `environment.yml`.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from colab import ROOT, checkout_in
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CLIENTS = ("conda", "mamba", "micromamba")


def pip_part():
    return next(part["pip"] for part in ENVIRONMENT["dependencies"] if isinstance(part, dict))


def run(*command, cwd):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd)


@pytest.mark.slow
def test_conda_makes_the_environment_and_the_course_starts_in_it(tmp_path):
    client = next(filter(None, map(shutil.which, CLIENTS)), None)
    if client is None:
        pytest.skip(f"none of {', '.join(CLIENTS)} is installed; the tests below look at the parts")
    checkout = checkout_in(tmp_path / "course")
    prefix = tmp_path / "environment"
    made = run(
        client,
        "env",
        "create",
        "--yes",
        "--file",
        "environment.yml",
        "--prefix",
        prefix,
        cwd=checkout,
    )
    if made.returncode and re.search("HTTP|[Cc]onnect|resolv", made.stderr):
        pytest.skip(f"conda-forge can't be reached: {made.stderr.strip()[-300:]}")
    assert made.returncode == 0, made.stderr
    doctor = run(prefix / "bin" / "course", "doctor", cwd=checkout)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr


@pytest.mark.slow
def test_pip_can_install_its_part_into_a_clean_environment(tmp_path):
    """What pip would install is what is pinned, and with all that the two extras ask for."""
    checkout = checkout_in(tmp_path / "course")
    (checkout / "condaenv.requirements.txt").write_text("\n".join(pip_part()))
    run(sys.executable, "-m", "venv", tmp_path / "clean", cwd=tmp_path)
    done = run(
        tmp_path / "clean" / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--upgrade",
        "--dry-run",
        "--quiet",
        "--report",
        tmp_path / "report.json",
        "--requirement",
        "condaenv.requirements.txt",
        cwd=checkout,
    )
    if "NewConnectionError" in done.stderr:
        pytest.skip(f"there is no package index here: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    found = {each["metadata"]["name"].lower(): each["metadata"] for each in report["install"]}
    assert PROJECT["name"] in found
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["local"]]
    wanted += PROJECT["optional-dependencies"]["solar"]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(found[requirement.name]["version"]), requirement


def test_conda_part_is_python_and_pip_from_conda_forge():
    python, pip, _ = ENVIRONMENT["dependencies"]
    assert ENVIRONMENT["channels"] == ["conda-forge"] and pip == "pip"
    name, _, versions = python.partition(" ")
    assert name == "python"
    for version, fits in {"3.10": False, "3.11": True, "3.13": True, "3.14": False}.items():
        assert SpecifierSet(versions).contains(version) is fits
