"""Small checkpoints go in and come out, and a wrong one changes nothing."""

import keras
import numpy as np
import pytest

from course_lib import assets, checkpoints
from course_lib.errors import CourseError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of assets of its own."""
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "manifest.json")
    return tmp_path


def network(units):
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(units), keras.layers.BatchNormalization()]
    )


def test_what_was_saved_is_loaded_in_16_bits_with_its_record(folder):
    saved, other = network(12), network(2)
    size = checkpoints.save("a.npz", {"one": saved, "two": other}, {"epochs": 3})
    assert size == (folder / "a.npz").stat().st_size
    loaded = network(12)
    assert checkpoints.load_into("a.npz", {"one": loaded}) == {"epochs": 3}
    for old, new in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        assert new.dtype == np.float32
        assert np.array_equal(new, np.float16(old).astype(np.float32))


def test_a_model_that_does_not_fit_is_named_and_none_is_changed(folder):
    checkpoints.save("a.npz", {"one": network(4), "two": network(5)}, {})
    fits, wrong = network(4), network(6)
    before = fits.get_weights()
    with pytest.raises(CourseError, match="two"):
        checkpoints.load_into("a.npz", {"one": fits, "two": wrong})
    assert all(np.array_equal(a, b) for a, b in zip(before, fits.get_weights(), strict=True))
    with pytest.raises(CourseError, match="of nothing"):
        checkpoints.load_into("a.npz", {"three": fits})


def test_a_damaged_file_is_refused(folder):
    checkpoints.save("a.npz", {"one": network(4)}, {})
    (folder / "a.npz").write_bytes(b"not what was saved")
    with pytest.raises(CourseError, match="damaged"):
        checkpoints.load_into("a.npz", {"one": network(4)})
