"""Copy the five photos of scikit-image that `data.sample_photos` shows, byte for byte.

Run once, from the repository root, with the folder `skimage/data` of the package `scikit-image`:

    python -m recipes.pack_sample_photos FOLDER

They are shipped so that nobody has to install scikit-image for five files. Who took them, and under
which licence, stands in `assets/PROVENANCE.md`.
"""

import argparse
import hashlib
from pathlib import Path
from typing import NamedTuple

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically


class Source(NamedTuple):
    """A file of scikit-image 0.26.0: its name, and the SHA-256 that its registry states."""

    name: str
    sha256: str


PHOTOS = {
    "photo_cat.png": Source(
        "chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"
    ),
    "photo_coffee.png": Source(
        "coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"
    ),
    "photo_motorcycle.png": Source(
        "motorcycle_left.png", "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179"
    ),
    "photo_photographer.png": Source(
        "camera.png", "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a"
    ),
    "photo_rocket.jpg": Source(
        "rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"
    ),
}


def main() -> None:
    """Copy from the folder given on the command line, and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="skimage/data, where scikit-image is installed")
    folder = parser.parse_args().folder
    for asset, source in PHOTOS.items():
        write_atomically(assets.FOLDER / asset, _read(folder / source.name, source.sha256))
    assets.refresh_manifest()
    for asset in PHOTOS:
        print(f"{asset}: {assets.path(asset).stat().st_size:,} bytes")


def _read(file: Path, sha256: str) -> bytes:
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise CourseError(
            f"{file} has SHA-256 {found}, expected {sha256}. Install scikit-image 0.26.0."
        )
    return content


if __name__ == "__main__":
    main()
