"""The solar cells: read and validated, split as the checkpoint needs it, the checkpoint itself."""

import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from course_lib import assets, evaluation, feature_extraction, solar
from course_lib.errors import CourseError


@pytest.fixture(scope="module")
def cells():
    return solar.load()


@pytest.fixture(scope="module")
def tuned(cells):
    return solar.load_tuned(solar.protocol_split(cells, 0)[1])


def test_the_cells_are_those_of_the_article(cells):
    assert cells.images.shape == (2624, 300, 300) and cells.images.dtype == np.uint8
    assert "CC BY-NC-SA 4.0" in cells.licence
    names, counts = np.unique(cells.strata, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "mono 0.00": 588, "mono 0.33": 117, "mono 0.67": 56, "mono 1.00": 313,
        "poly 0.00": 920, "poly 0.33": 178, "poly 0.67": 50, "poly 1.00": 402,
    }  # fmt: skip
    assert np.sum(cells.probability > 0.5) == 821


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(solar.SolarCellsUnavailable, match="not installed.*(?s:.)*pip install"):
        solar.load()


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A small copy of the package's data, whose list still names all cells."""
    original = solar._folder()
    (tmp_path / "images").mkdir()
    shutil.copy(original / "labels.csv", tmp_path)
    for k in range(1, 4):
        shutil.copy(original / "images" / f"cell{k:04d}.png", tmp_path / "images")
    monkeypatch.setattr(solar, "_folder", lambda: tmp_path)
    return tmp_path


def test_missing_images_are_told(copy):
    with pytest.raises(solar.SolarCellsUnavailable, match="cannot be read.*(?s:.)*force-reinstall"):
        solar.load()


def test_a_damaged_image_is_told(copy):
    path = copy / "images" / "cell0001.png"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(solar.SolarCellsUnavailable, match="cell0001.*(?s:.)*force-reinstall"):
        solar._read_cell(path)
    Image.new("L", (20, 30)).save(path)
    with pytest.raises(solar.SolarCellsUnavailable, match="no grey image of 300"):
        solar._read_cell(path)


@pytest.mark.parametrize("content", ["", "images/cell0001.png 1.0 mono\n", "a b\n", "a x mono\n"])
def test_a_damaged_list_is_told(copy, content):
    (copy / "labels.csv").write_text(content)
    with pytest.raises(solar.SolarCellsUnavailable, match="force-reinstall"):
        solar.load()


def test_other_images_are_told(copy, monkeypatch, cells):
    monkeypatch.setattr(solar, "_read_cell", lambda path: np.zeros((300, 300), np.uint8))
    with pytest.raises(solar.SolarCellsUnavailable, match="other images"):
        solar.load()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_split_is_that_of_the_article_in_size_and_stratified(cells, seed):
    training, test = solar.protocol_split(cells, seed)
    assert (len(training), len(test)) == (1968, 656)
    assert np.array_equal(np.sort(np.concatenate([training, test])), np.arange(2624))
    for name in np.unique(cells.strata):
        share = np.mean(cells.strata[test] == name)
        assert abs(share - np.mean(cells.strata == name)) < 2 / 656


def test_the_fingerprint_looks_at_the_set_and_not_at_its_order():
    assert solar.fingerprint(np.array([3, 1, 2])) == solar.fingerprint(np.array([1, 2, 3]))
    assert solar.fingerprint(np.array([1, 2])) != solar.fingerprint(np.array([1, 3]))


def test_the_network_refuses_another_test_part(cells):
    with pytest.raises(CourseError, match=r"another test part(?s:.)*seed=0"):
        solar.load_tuned(solar.protocol_split(cells, 1)[1])


def test_the_network_never_saw_its_test_part(cells, tuned):
    training, test = solar.protocol_split(cells, 0)
    assert tuned.record["training"]["cells"] == len(training)
    assert np.isin(tuned.held_out, training).all() and not np.isin(tuned.held_out, test).any()
    assert len(tuned.held_out) == len(tuned.held_out_scores) == len(training) // 4


def test_the_checkpoint_holds_only_what_was_trained(tuned):
    assert assets.manifest()[solar.CHECKPOINT]["bytes"] < 4_000_000
    original = solar.build_network()
    backbones = [_backbone(model) for model in (tuned.model, original)]
    first, second = (
        keras.Model(backbone.input, backbone.get_layer(solar.LAST_FROZEN).output)
        for backbone in backbones
    )
    image = np.random.default_rng(0).normal(size=(1, 288, 288, 3)).astype(np.float32)
    np.testing.assert_array_equal(first(image), second(image))
    assert np.abs(backbones[0](image) - backbones[1](image)).max() > 0.1, "nothing was tuned"


def test_recorded_results_are_those_of_the_shipped_weights(cells, tuned):
    """On a part of the test cells, so that it takes seconds: the accuracy is near the record."""
    test = solar.protocol_split(cells, 0)[1][:150]
    scores = feature_extraction.extract_features(
        tuned.model, cells.images[test][..., None], progress=False
    )[:, 0]
    labels = cells.probability[test] > 0.5
    found = evaluation.yes_no_metrics(labels, scores)
    low, high = found["accuracy"][1]
    assert low - 0.02 < tuned.record["results"]["0"]["all"]["accuracy"] < high + 0.02
    assert found["ROC-AUC"][0] > 0.88
    assert set(tuned.record["results"]) == {"0", "1", "2"}


def _backbone(model):
    return next(layer for layer in model.layers if isinstance(layer, keras.Model))
