"""The photos: balanced, disjoint, always the same; the test part opens for one purpose."""

import hashlib

import numpy as np
import pytest

from course_lib import assets, data
from course_lib.data import Split, TestPartAlreadyUsed
from course_lib.errors import CourseError
from course_lib.plumbing import sha256_of
from recipes.pack_sample_photos import PHOTOS


@pytest.fixture(autouse=True)
def fresh_seals(monkeypatch):
    monkeypatch.setattr(data, "_opened_for", {})


@pytest.fixture(scope="module")
def parts():
    cifar = data.load_cifar10()
    return {"train": cifar.train, "validation": cifar.validation, "test": cifar.test._split}


def test_the_parts_have_the_stated_form_and_are_balanced(parts):
    for name, count in (("train", 300), ("validation", 100), ("test", 100)):
        images, labels = parts[name]
        assert images.shape == (10 * count, 32, 32, 3)
        assert images.dtype == np.uint8
        assert labels.dtype == np.int64
        assert np.bincount(labels).tolist() == [count] * 10
        # Mixed order: a part that is cut anywhere still holds every class.
        assert len(np.unique(labels[:100])) == 10


def test_no_photo_occurs_twice_in_or_across_the_parts(parts):
    photos = np.concatenate([split.images for split in parts.values()])
    assert len({photo.tobytes() for photo in photos}) == 5000


def test_the_parts_are_always_the_same(parts):
    digest = hashlib.sha256()
    for split in parts.values():
        digest.update(split.labels.tobytes())
        digest.update(split.images.tobytes())
    expected = "ef622a4a8954d351d0859a2f290f88eda3dd2eb1f0fd551e1565212718edde34"
    assert digest.hexdigest() == expected


def test_train_and_validation_come_from_the_training_part_of_cifar10():
    with np.load(assets.path("cifar10_subset.npz"), allow_pickle=False) as arrays:
        train, validation, test = (
            arrays[f"{part}_indices"] for part in ("train", "validation", "test")
        )
    assert not set(train.tolist()) & set(validation.tolist())
    assert train.max() < 50_000
    assert test.max() < 10_000


def test_photos_look_like_photos(parts):
    images = parts["train"].images.astype(np.float64)
    # The published channel means of CIFAR-10's training part are 125.3, 123.0 and 113.9.
    assert np.allclose(images.mean(axis=(0, 1, 2)), [125.3, 123.0, 113.9], atol=3)
    neighbours = np.abs(np.diff(images, axis=2)).mean()
    shuffled = np.abs(images - np.roll(images, 1, axis=0)).mean()
    assert neighbours < shuffled / 3


def test_class_names_are_those_of_cifar10():
    cifar = data.load_cifar10()
    assert cifar.name == "CIFAR-10 subset"
    assert cifar.class_names[0] == "airplane"
    assert cifar.class_names[9] == "truck"
    assert len(cifar.class_names) == 10


def test_changing_arrays_in_place_does_not_reach_the_next_load():
    cifar = data.load_cifar10()
    before = cifar.train.images.copy()
    cifar.train.images[:] = 0
    cifar.validation.labels[:] = 0
    cifar.test.open_for("a mistake").images[:] = 0
    again = data.load_cifar10()
    assert np.array_equal(again.train.images, before)
    assert len(np.unique(again.validation.labels)) == 10
    assert cifar.test.open_for("a mistake").images.any()


def test_a_split_unpacks_into_images_and_labels():
    x_train, y_train = data.load_cifar10().train
    assert len(x_train) == len(y_train) == 3000


def test_the_test_part_opens_for_one_purpose():
    test = data.load_cifar10().test
    assert len(test) == 1000
    assert "1000 images" in repr(test)
    images, labels = test.open_for("final evaluation")
    assert len(images) == len(labels) == 1000
    test.open_for("final evaluation")  # a cell that is run twice
    with pytest.raises(TestPartAlreadyUsed) as caught:
        test.open_for("comparing two heads")
    message = str(caught.value)
    assert "'final evaluation'" in message
    assert "validation" in message
    assert "open_for('comparing two heads', again=True)" in message
    assert isinstance(caught.value, CourseError)


def test_loading_again_does_not_break_the_seal():
    data.load_cifar10().test.open_for("final evaluation")
    test = data.load_cifar10().test
    with pytest.raises(TestPartAlreadyUsed):
        test.open_for("another look")
    assert len(test.open_for("another look", again=True)) == 2
    test.open_for("another look")  # that cell, run twice
    with pytest.raises(TestPartAlreadyUsed, match="'final evaluation' and 'another look'"):
        test.open_for("a third look")


def test_a_purpose_has_to_be_said():
    with pytest.raises(CourseError, match="what the test part is opened for"):
        data.load_cifar10().test.open_for("  ")


def test_take_per_class_is_stratified_fixed_and_nested():
    train = data.load_cifar10().train
    five, ten = data.take_per_class(train, 5), data.take_per_class(train, 10)
    assert np.bincount(five.labels).tolist() == [5] * 10
    assert np.array_equal(data.take_per_class(train, 5).images, five.images)
    assert not np.array_equal(data.take_per_class(train, 5, seed=1).images, five.images)
    of_ten = {photo.tobytes() for photo in ten.images}
    assert {photo.tobytes() for photo in five.images} < of_ten
    for photo, label in zip(*five, strict=True):
        index = np.flatnonzero((train.images == photo).all(axis=(1, 2, 3)))
        assert train.labels[index].tolist() == [label]


def test_take_per_class_tells_what_is_missing():
    validation = data.load_cifar10().validation
    with pytest.raises(CourseError, match="Class 0 has 100 images, so 101"):
        data.take_per_class(validation, 101)
    with pytest.raises(CourseError, match="at least 1"):
        data.take_per_class(validation, 0)


def _numbered(count: int) -> Split:
    """Return a split in which the first pixel of every image is its label."""
    labels = np.arange(count) % 10
    images = np.zeros((count, 4, 4, 3), np.uint8)
    images[:, 0, 0, 0] = labels
    images[:, 0, 0, 1] = np.arange(count)
    return Split(images, labels.astype(np.int64))


def _epoch(dataset) -> tuple[np.ndarray, np.ndarray]:
    batches = [(images.numpy(), labels.numpy()) for images, labels in dataset]
    return tuple(np.concatenate(column) for column in zip(*batches, strict=True))


def test_a_dataset_without_shuffling_keeps_the_stored_order():
    split = _numbered(100)
    dataset = split.to_dataset(batch_size=32)
    assert [len(labels) for _, labels in dataset] == [32, 32, 32, 4]
    images, labels = _epoch(dataset)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    assert np.array_equal(images, split.images)
    assert np.array_equal(labels, split.labels)


def test_a_shuffled_dataset_keeps_images_with_their_labels():
    split = _numbered(100)
    dataset = split.to_dataset(batch_size=32, shuffle=True, seed=3)
    first, second = _epoch(dataset), _epoch(dataset)
    for images, labels in (first, second):
        assert np.array_equal(images[:, 0, 0, 0], labels)
        assert sorted(images[:, 0, 0, 1]) == list(range(100))
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(first[0], split.images)
    repeated = split.to_dataset(batch_size=32, shuffle=True, seed=3)
    assert np.array_equal(_epoch(repeated)[0], first[0])
    assert np.array_equal(_epoch(repeated)[0], second[0])
    other = split.to_dataset(batch_size=32, shuffle=True, seed=4)
    assert not np.array_equal(_epoch(other)[0], first[0])


def test_the_full_set_is_divided_in_proportion():
    # The full set needs a network; its division does not.
    full = data._partition_cifar10(_numbered(200), _numbered(50), 0.1, seed=0)
    assert full.name == "CIFAR-10"
    assert np.bincount(full.train.labels).tolist() == [18] * 10
    assert np.bincount(full.validation.labels).tolist() == [2] * 10
    numbers = np.concatenate([part.images[:, 0, 0, 1] for part in (full.train, full.validation)])
    assert sorted(numbers) == list(range(200))
    assert np.array_equal(full.train.images[:, 0, 0, 0], full.train.labels)
    assert len(full.test) == 50


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 2])
def test_a_validation_fraction_that_is_no_share_is_told_before_any_download(fraction):
    with pytest.raises(CourseError, match="between 0 and 1"):
        data.load_cifar10(full=True, validation_fraction=fraction)


def test_sample_photos_are_real_and_fresh():
    photos = data.sample_photos()
    assert {"cat", "coffee", "temple"} <= set(photos)
    for photo in photos.values():
        assert photo.dtype == np.uint8
        assert photo.ndim == 3
        assert photo.shape[2] == 3
        assert min(photo.shape[:2]) >= 224
        assert photo.std() > 20
    photos["cat"][:] = 0
    assert data.sample_photos()["cat"].any()


def test_a_missing_sample_photo_is_told(monkeypatch):
    monkeypatch.setitem(data._SAMPLE_PHOTOS, "none", "sklearn/none.png")
    with pytest.raises(CourseError, match="none.png cannot be read; reinstall sklearn"):
        data.sample_photos()
    monkeypatch.setitem(data._SAMPLE_PHOTOS, "none", "no_such_package/none.png")
    with pytest.raises(CourseError, match="no_such_package is not installed"):
        data.sample_photos()
    monkeypatch.setitem(data._SAMPLE_PHOTOS, "none", "none.png")
    with pytest.raises(CourseError, match="no asset called 'none.png'"):
        data.sample_photos()


def test_photos_that_are_shipped_are_those_of_scikit_image_byte_for_byte():
    shipped = {asset for asset in data._SAMPLE_PHOTOS.values() if "/" not in asset}
    assert shipped == set(PHOTOS)
    for asset, source in PHOTOS.items():
        assert sha256_of(assets.path(asset)) == source.sha256


def test_pixels_of_the_sample_photos_are_what_the_lessons_were_written_with():
    kept = {
        "cat": "416b729128bfb2c3", "coffee": "0ce2b51640b9c95f", "motorcycle": "ca829467c1d4f427",
        "photographer": "13e2b4aa92cb1649",
    }  # fmt: skip
    for name, photo in data.sample_photos().items():
        if name in kept:  # JPEGs are decoded a little differently by other versions of Pillow
            assert hashlib.sha256(photo.tobytes()).hexdigest()[:16] == kept[name], name
