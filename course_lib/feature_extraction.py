"""Features of a frozen base, computed in batches and kept on disk."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import keras
import numpy as np
import tensorflow as tf

from course_lib.errors import CourseError, advice_on
from course_lib.language import _
from course_lib.plumbing import cache_dir, write_atomically

_CACHE_FORMAT = 1


def cached_features(
    model: keras.Model,
    images: np.ndarray,
    *,
    batch_size: int = 32,
    folder: Path | None = None,
    progress: bool = True,
) -> np.ndarray:
    """Return `model(images)` in inference mode, computed once and then read from disk.

    The key of the stored file is a hash of everything the result depends on: the architecture of
    `model` (its preprocessing layers belong to it), all of its weights, and the images. A file
    that is damaged, or was made from something else, is computed anew.

    Args:
        model: a frozen feature extractor; (n, height, width, channels) -> (n, ...).
        images: shape (N, height, width, channels), any real type.
        batch_size: images per step.
        folder: where the files lie; `features/` in the course's cache folder by default.
        progress: show a bar while computing.

    Returns:
        float32 of shape (N, ...).

    Raises:
        CourseError: `images` is empty or does not fit the model's input.
    """
    images = np.ascontiguousarray(images)
    _require_fitting(model, images)
    key = _cache_key(model, images)
    path = (folder or cache_dir() / "features") / f"{key}.npz"
    stored = _read_cache(path, key, len(images))
    if stored is not None:
        return stored
    features = extract_features(model, images, batch_size=batch_size, progress=progress)
    try:
        write_atomically(path, _npz_writer(key=np.array(key), features=features))
    except OSError as error:  # they are right all the same, and the lesson can go on
        sentence = _(
            "The features could not be kept: {error} The environment variable COURSE_CACHE "
            "names another folder."
        )
        print(sentence.format(error=advice_on(error) or error))
    return features


def extract_features(
    model: keras.Model, images: np.ndarray, *, batch_size: int = 32, progress: bool = True
) -> np.ndarray:
    """Return `model(images, training=False)` as float32 of shape (N, ...), in batches.

    The model runs as one compiled graph, which on a CPU is faster than `model.predict`: that one
    pays for its callbacks and its data pipeline at every step.
    """
    run = tf.function(
        lambda batch: model(batch, training=False),
        input_signature=[tf.TensorSpec((None, *images.shape[1:]), images.dtype)],
    )
    starts = range(0, len(images), batch_size)
    bar = keras.utils.Progbar(len(starts), unit_name="batch", verbose=int(progress))
    batches = []
    for step, start in enumerate(starts, 1):
        batches.append(np.asarray(run(images[start : start + batch_size]), dtype=np.float32))
        bar.update(step)
    return np.concatenate(batches)


def fingerprint(model: keras.Model) -> str:
    """Return a SHA-256 over the architecture and all weights of `model`, 64 hexadecimal digits.

    Layer names (Keras numbers them through: `dense_7`) and `trainable` do not count, so a model
    that is built anew, or unfrozen, has the same fingerprint.
    """
    digest = hashlib.sha256(_architecture(model).encode())
    for weight in model.weights:
        value = np.ascontiguousarray(weight.numpy())
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _architecture(model: keras.Model) -> str:
    """Return the configuration as text, with every layer's name replaced by its number."""
    config = model.get_config()
    numbers: dict[str, str] = {}
    _collect_names(config, numbers)
    return json.dumps(_renamed(config, numbers), sort_keys=True, default=str)


def _collect_names(config: object, numbers: dict[str, str]) -> None:
    if isinstance(config, dict):
        if isinstance(config.get("name"), str):
            numbers.setdefault(config["name"], f"#{len(numbers)}")
        for value in config.values():
            _collect_names(value, numbers)
    elif isinstance(config, list | tuple):
        for item in config:
            _collect_names(item, numbers)


def _renamed(config: object, numbers: dict[str, str]) -> object:
    if isinstance(config, dict):
        return {k: _renamed(v, numbers) for k, v in config.items() if k != "trainable"}
    if isinstance(config, list | tuple):
        return [_renamed(item, numbers) for item in config]
    return numbers.get(config, config) if isinstance(config, str) else config


def _require_fitting(model: keras.Model, images: np.ndarray) -> None:
    wanted = model.input_shape[1:]
    fits = images.ndim == len(wanted) + 1 and all(
        size in (None, got) for size, got in zip(wanted, images.shape[1:], strict=True)
    )
    if not fits or len(images) == 0:
        problem = _(
            "The images have shape {images_shape}; {model} takes (N, {names}) with N of 1 or more."
        )
        raise CourseError(
            problem.format(
                images_shape=images.shape, model=model.name, names=", ".join(map(str, wanted))
            )
        )


def _cache_key(model: keras.Model, images: np.ndarray) -> str:
    digest = hashlib.sha256(f"{_CACHE_FORMAT} {keras.__version__}".encode())
    digest.update(fingerprint(model).encode())
    digest.update(f"{images.dtype} {images.shape}".encode())
    digest.update(images.data)
    return digest.hexdigest()


def _read_cache(path: Path, key: str, count: int) -> np.ndarray | None:
    """Return the stored features, or None when there are none that can be trusted."""
    try:
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as stored:
            features = stored["features"]
            good = str(stored["key"]) == key and len(features) == count
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        sentence = _("The cached features in {path} can't be used ({error}); computing them anew.")
        print(sentence.format(path=path, error=error))
        return None
    return features if good and features.dtype == np.float32 else None


def _npz_writer(**arrays: Any) -> Callable[[BinaryIO], None]:
    return lambda file: np.savez(file, **arrays)
