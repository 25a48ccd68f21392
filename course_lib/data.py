"""Photos with labels for the lessons: split once and for all, the test part behind a seal."""

import functools
import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.language import _
from course_lib.plumbing import downloads_end_in_time

if TYPE_CHECKING:
    import tensorflow as tf

CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

FASHION_MNIST_CLASSES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

_LABELLED_PARTS = ("train", "validation", "test")
_SUBSET_ASSET = "cifar10_subset.npz"
_FASHION_ASSET = "fashion_mnist_subset.npz"
_FRESH_FASHION_ASSET = "fashion_mnist_fresh.npz"

# Assets, and photos that scikit-learn brings along. ImageNet has a class for what the first six
# show, and none for the flower, a dahlia; the embedded model gets the rocket wrong.
_SAMPLE_PHOTOS = {
    "cat": "photo_cat.png",
    "coffee": "photo_coffee.png",
    "motorcycle": "photo_motorcycle.png",
    "photographer": "photo_photographer.png",
    "temple": "sklearn/datasets/images/china.jpg",
    "rocket": "photo_rocket.jpg",
    "flower": "sklearn/datasets/images/flower.jpg",
}

# Dataset name -> the purposes that its test part was opened for, in this process.
_opened_for: dict[str, list[str]] = {}


class TestPartAlreadyUsed(CourseError):
    """The test part was asked for a second time, for another purpose than the first."""

    __test__ = False  # the name begins with "Test", but pytest shall not collect it


class Split(NamedTuple):
    """One part of a dataset: `x, y = split` works.

    Attributes:
        images: uint8 array (N, height, width, channels) from 0 to 255; RGB, or one grey channel.
        labels: int64 array (N,), the index of each image's class.
    """

    images: np.ndarray
    labels: np.ndarray

    def to_dataset(
        self, batch_size: int = 32, shuffle: bool = False, seed: int = 0
    ) -> "tf.data.Dataset":
        """Return a `tf.data.Dataset` of (images float32 from 0 to 255, labels int64) batches.

        With `shuffle=True` the images come in another order every epoch, always together with their
        labels, and two datasets made with the same `seed` give the same orders. Leave it False for
        validation and test: predictions can only be compared with `labels` in the stored order.
        """
        import tensorflow as tf  # here, because everything else in this module does without it

        def to_float(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return tf.cast(images, tf.float32), labels

        dataset = tf.data.Dataset.from_tensor_slices((self.images, self.labels))
        if shuffle:
            dataset = dataset.shuffle(len(self.labels), seed=seed, reshuffle_each_iteration=True)
        return dataset.batch(batch_size).map(to_float).prefetch(1)


class SealedSplit:
    """A test part that may be used for one purpose: the final measurement."""

    def __init__(self, dataset_name: str, split: Split) -> None:
        self._dataset_name = dataset_name
        self._split = split

    def open_for(self, purpose: str, again: bool = False) -> Split:
        """Return the test part for `purpose`, a few words such as "final evaluation of the head".

        Asking again with the same purpose is fine: that is a cell run twice.

        Raises:
            TestPartAlreadyUsed: it was opened for another purpose before, in this process.
                `again=True` opens it all the same.
        """
        if not purpose.strip():
            raise CourseError(_("Say in a few words what the test part is opened for."))
        purposes = _opened_for.setdefault(self._dataset_name, [])
        if purposes and purpose not in purposes and not again:
            before = " and ".join(repr(earlier) for earlier in purposes)
            problem = _(
                "The test part of {dataset_name} was already opened for {before}. After a "
                "second look you choose by what you saw in the first, and the test part "
                "becomes one more validation part, whose accuracy is too high for new "
                "photos. Compare on `validation` instead. If you know this and still want to "
                "look: open_for({purpose!r}, again=True)."
            )
            raise TestPartAlreadyUsed(
                problem.format(dataset_name=self._dataset_name, before=before, purpose=purpose)
            )
        if purpose not in purposes:
            purposes.append(purpose)
        return Split(self._split.images.copy(), self._split.labels.copy())

    def __len__(self) -> int:
        """Return how many images there are; counting them is not looking."""
        return len(self._split.labels)

    def __repr__(self) -> str:
        text = _("SealedSplit({count} images of {name}; use .open_for(purpose))")
        return text.format(count=len(self), name=self._dataset_name)


@dataclass(frozen=True)
class ImageDataset:
    """Labelled images in three parts that share no image.

    Attributes:
        name: for example "CIFAR-10 subset".
        class_names: the name of each label.
        train: to fit weights.
        validation: to choose between models, and to stop.
        test: to measure the chosen model, once.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: SealedSplit


@dataclass(frozen=True)
class PretrainingDataset(ImageDataset):
    """Labelled images in three parts, and many more that nobody has labelled.

    Attributes:
        unlabelled: uint8 array (N, height, width, channels), to pretrain on; it shares no image
            with the labelled parts.
    """

    unlabelled: np.ndarray


def load_cifar10(
    full: bool = False, validation_fraction: float = 0.1, seed: int = 0
) -> ImageDataset:
    """Return CIFAR-10: photos of 32 x 32 pixels in 10 classes (Krizhevsky, 2009).

    Args:
        full: False for the subset that comes with the course: 3,000 training, 1,000 validation and
            1,000 test photos, as many of each class, always the same. True for all 60,000 photos
            (170 MB, downloaded once by Keras): the 10,000 test photos of CIFAR-10, and its 50,000
            training photos divided into train and validation, every class in proportion.
        validation_fraction: the share of the training photos that becomes the validation part.
            Only with `full=True`.
        seed: decides which photos those are. Only with `full=True`.

    The arrays are copies: changing them does not change what the next call returns.

    Raises:
        CourseError: the full set is neither in Keras' cache nor to be had from the network; this
            takes seconds. Or `validation_fraction` is not between 0 and 1.
    """
    if full:
        return _load_full_cifar10(validation_fraction, seed)
    parts = {
        name: Split(split.images.copy(), split.labels.copy())
        for name, split in _cifar10_subset().items()
    }
    name = "CIFAR-10 subset"
    test = SealedSplit(name, parts.pop("test"))
    return ImageDataset(name, CIFAR10_CLASSES, test=test, **parts)


def load_fashion_mnist() -> PretrainingDataset:
    """Return a part of Fashion-MNIST: grey images of 28 x 28 pixels, 10 kinds of clothes.

    Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms" (2017). 7,000 images without labels, and with labels 1,500 for training,
    500 for validation and 1,000 for testing; as many of each class in every part, always the same.
    Images have shape (N, 28, 28, 1). The arrays are copies.
    """
    pixels, labels = _fashion_mnist_subset()
    unlabelled = len(pixels) - sum(len(of_part) for of_part in labels.values())
    parts = {
        name: Split(split.images.copy(), split.labels.copy())
        for name, split in _cut_into_parts(pixels[unlabelled:], labels).items()
    }
    name = "Fashion-MNIST subset"
    test = SealedSplit(name, parts.pop("test"))
    return PretrainingDataset(
        name,
        FASHION_MNIST_CLASSES,
        test=test,
        unlabelled=pixels[:unlabelled].copy(),
        **parts,
    )


def load_fresh_fashion_mnist() -> Split:
    """Return 2,000 more images of Fashion-MNIST, (2000, 28, 28, 1), by which nothing was chosen.

    As many of each class. None is nearly the same as another, or as one of `load_fashion_mnist`.
    The experiments behind lessons 02 and 03 are measured on them. The arrays are copies.
    """
    pixels, labels = _read_strips(_FRESH_FASHION_ASSET, ("fresh",), side=28, mode="L")
    return Split(pixels, labels["fresh"])


@functools.cache
def _fashion_mnist_subset() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return _read_strips(_FASHION_ASSET, side=28, mode="L")


@functools.cache
def _cifar10_subset() -> dict[str, Split]:
    return _cut_into_parts(*_read_strips(_SUBSET_ASSET, side=32, mode="RGB"))


def _read_strips(
    asset: str, parts: Sequence[str] = _LABELLED_PARTS, *, side: int, mode: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the images (N, side, side, channels) of an asset, and the labels of its parts."""
    with np.load(assets.path(asset), allow_pickle=False) as arrays:
        strips = [arrays[name] for name in sorted(arrays) if name.startswith("strip_")]
        labels = {part: arrays[f"{part}_labels"].astype(np.int64) for part in parts}
    channels = len(Image.new(mode, (1, 1)).getbands())
    images = [_decode_strip(strip, mode).reshape(-1, side, side, channels) for strip in strips]
    return np.concatenate(images), labels


def _decode_strip(encoded: np.ndarray, mode: str) -> np.ndarray:
    with Image.open(io.BytesIO(encoded.tobytes())) as strip:
        return np.asarray(strip.convert(mode))


def _cut_into_parts(images: np.ndarray, labels: dict[str, np.ndarray]) -> dict[str, Split]:
    parts, start = {}, 0
    for part, part_labels in labels.items():
        parts[part] = Split(images[start : start + len(part_labels)], part_labels)
        start += len(part_labels)
    return parts


def _load_full_cifar10(validation_fraction: float, seed: int) -> ImageDataset:
    if not 0.0 < validation_fraction < 1.0:
        problem = _(
            "validation_fraction is a share between 0 and 1, such as 0.1, not "
            "{validation_fraction!r}."
        )
        raise CourseError(problem.format(validation_fraction=validation_fraction))
    (images, labels), (test_images, test_labels) = _download_cifar10()
    return _partition_cifar10(
        Split(images, labels.reshape(-1).astype(np.int64)),
        Split(test_images, test_labels.reshape(-1).astype(np.int64)),
        validation_fraction,
        seed,
    )


def _download_cifar10() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    import keras  # only the full set needs it

    try:
        with downloads_end_in_time():
            return keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails
        problem = _(
            "The full CIFAR-10 cannot be had here: {error}\n"
            "What to do: use load_cifar10(), the subset that comes with the course and needs no "
            "network; or connect to a network. If the reason above is a damaged file, delete "
            "`cifar-10-batches-py*` in the folder `datasets` of Keras' cache (~/.keras, or "
            "$KERAS_HOME)."
        )
        raise CourseError(problem.format(error=error)) from error


def _partition_cifar10(
    training: Split, test: Split, validation_fraction: float, seed: int
) -> ImageDataset:
    generator = np.random.default_rng(seed)
    train_indices, validation_indices = [], []
    for label in range(len(CIFAR10_CLASSES)):
        of_class = generator.permutation(np.flatnonzero(training.labels == label))
        count = round(validation_fraction * len(of_class))
        validation_indices.append(of_class[:count])
        train_indices.append(of_class[count:])
    name = "CIFAR-10"
    return ImageDataset(
        name,
        CIFAR10_CLASSES,
        train=_pick(training, generator.permutation(np.concatenate(train_indices))),
        validation=_pick(training, generator.permutation(np.concatenate(validation_indices))),
        test=SealedSplit(name, test),
    )


def _pick(split: Split, indices: np.ndarray) -> Split:
    return Split(split.images[indices], split.labels[indices])


def take_per_class(split: Split, count: int, seed: int = 0) -> Split:
    """Return `count` randomly chosen images of every class in `split`, in mixed order.

    The same `seed` gives the same images; a smaller `count` with the same seed gives some of them,
    so that results for 5 and for 10 labels per class differ by the labels added.

    Raises:
        CourseError: `count` is below 1, or a class has fewer images.
    """
    if count < 1:
        problem = _("count is the number of images per class, at least 1, not {count!r}.")
        raise CourseError(problem.format(count=count))
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(split.labels):
        of_class = generator.permutation(np.flatnonzero(split.labels == label))
        if len(of_class) < count:
            problem = _(
                "Class {label} has {available} images, so {count} per class cannot be taken."
            )
            raise CourseError(problem.format(label=label, available=len(of_class), count=count))
        chosen.append(of_class[:count])
    return _pick(split, generator.permutation(np.concatenate(chosen)))


def sample_photos() -> dict[str, np.ndarray]:
    """Return a few real photos by name, each a uint8 RGB array (height, width, 3) of its own size.

    They come with the course and with scikit-learn, so no network is needed. The photographer is a
    grey photo, given with three equal channels.

    Raises:
        CourseError: a photo, or scikit-learn, is missing.
    """
    return {name: _read_photo(place) for name, place in _SAMPLE_PHOTOS.items()}


def _read_photo(place: str) -> np.ndarray:
    package, file = place.partition("/")[::2]
    path = _path_in_package(package, file) if file else assets.path(place)
    try:
        with Image.open(path) as photo:
            return np.array(photo.convert("RGB"))
    except OSError as error:
        source = package if file else "the course"
        problem = _("The photo {path} cannot be read; reinstall {source}.")
        raise CourseError(problem.format(path=path, source=source)) from error


def _path_in_package(package: str, file: str) -> Path:
    specification = importlib.util.find_spec(package)
    if specification is None or specification.origin is None:
        problem = _("The package {package} is not installed; install the course again.")
        raise CourseError(problem.format(package=package))
    return Path(specification.origin).parent / file
