import os

import keras
import numpy as np
import pytest

from course_lib import finetuning
from course_lib.errors import CourseError

PHOTOS = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3), dtype=np.uint8)


def base(seed=0, skip=True):
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)
    x = keras.layers.BatchNormalization(name=f"first_bn_{seed}_{skip}")(x)
    y = keras.layers.Conv2D(4, 3, padding="same", name="second")(x)
    y = keras.layers.BatchNormalization(name="second_bn")(y)
    y = keras.layers.Add()([x, y] if skip else [y, y])
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(y))


def classifier(feature_model):
    model = keras.Sequential([feature_model, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def moved_by_training(feature_model):
    before = [weight.numpy() for weight in feature_model.weights]
    classifier(feature_model).fit(PHOTOS, np.arange(70) % 3, verbose=0)
    return {
        weight.path.split("/")[-2] + "/" + weight.name
        for weight, old in zip(feature_model.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    }


def test_a_frozen_model_does_not_move():
    model = base()
    finetuning.freeze(model)
    assert moved_by_training(model) == set()


def test_unfreezing_lets_only_the_named_layers_move_and_no_batch_normalization():
    model = base()
    layers = finetuning.unfreeze_from(model, "second")
    assert [layer.name for layer in layers] == ["second"]
    assert moved_by_training(model) == {"second/kernel", "second/bias"}


def test_unfreezing_again_further_up_freezes_what_was_open():
    model = base()
    finetuning.unfreeze_from(model, model.layers[1].name)
    assert finetuning.unfreeze_from(model, "second_bn") == []
    assert moved_by_training(model) == set()
    finetuning.unfreeze_from(model, "second")
    assert moved_by_training(model) == {"second/kernel", "second/bias"}


def test_batch_normalization_in_nested_models_is_found():
    outer = keras.Sequential([keras.Input((8, 8, 3)), base()])
    outer.trainable = True
    assert finetuning.keep_batch_normalization_frozen(outer) == 2
    assert moved_by_training(outer) == {
        f"{layer.name}/{weight}" for layer in outer.layers[0].layers
        if isinstance(layer, keras.layers.Conv2D) for weight in ("kernel", "bias")
    }  # fmt: skip


def test_unknown_layer_is_named_with_those_that_exist():
    with pytest.raises(CourseError, match="no layer 'third'.*second_bn"):
        finetuning.unfreeze_from(base(), "third")


def test_textbook_head_is_that_of_the_listing():
    head = finetuning.textbook_head(20, 10)
    assert [layer.units for layer in head.layers] == [1024, 10]
    assert head.output_shape == (None, 10)
    np.testing.assert_allclose(head(np.ones((2, 20))).numpy().sum(axis=1), 1, rtol=1e-5)


def test_features_are_those_of_predict():
    model = base()
    got = finetuning.extract_features(model, PHOTOS, batch_size=32, progress=False)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, model.predict(PHOTOS, verbose=0), rtol=1e-4, atol=1e-4)


def test_features_are_computed_once(tmp_path):
    model = base()
    first = finetuning.cached_features(model, PHOTOS, folder=tmp_path, progress=False)
    (stored,) = tmp_path.iterdir()
    written = stored.stat().st_mtime_ns
    second = finetuning.cached_features(model, PHOTOS, folder=tmp_path, progress=False)
    np.testing.assert_array_equal(first, second)
    assert stored.stat().st_mtime_ns == written and len(list(tmp_path.iterdir())) == 1


def test_everything_that_the_result_depends_on_is_in_the_key(tmp_path):
    def files_after(model, photos):
        finetuning.cached_features(model, photos, folder=tmp_path, progress=False)
        return len(list(tmp_path.iterdir()))

    assert files_after(base(), PHOTOS) == 1
    assert files_after(base(seed=1), PHOTOS) == 2, "other weights"
    assert files_after(base(skip=False), PHOTOS) == 3, "other connections"
    changed = PHOTOS.copy()
    changed[3, 0, 0, 0] ^= 1
    assert files_after(base(), changed) == 4, "one pixel"
    assert files_after(base(), PHOTOS.astype("float32")) == 5, "another type"
    rescaled = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Rescaling(0.5), base()])
    assert files_after(rescaled, PHOTOS) == 6, "other preprocessing"
    finetuning.freeze(rescaled)
    assert files_after(rescaled, PHOTOS) == 6, "freezing changes no result"


def test_a_model_built_anew_has_the_same_fingerprint_whatever_keras_calls_its_layers():
    names = [layer.name for layer in base().layers]
    assert names != [layer.name for layer in base().layers]
    assert finetuning.fingerprint(base()) == finetuning.fingerprint(base())


def damage_truncated(path):
    path.write_bytes(path.read_bytes()[:100])


def damage_one_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def damage_empty(path):
    path.write_bytes(b"")


def damage_foreign(path):
    np.savez(path, key=np.array("another"), features=np.zeros((70, 4), np.float32))


def damage_pickle(path):
    np.savez(path, key=np.array("x"), features=np.array([{"a": 1}], dtype=object))


@pytest.mark.parametrize(
    "damage", [damage_truncated, damage_one_byte, damage_empty, damage_foreign, damage_pickle]
)
def test_damaged_and_foreign_files_are_rebuilt(tmp_path, damage):
    wanted = finetuning.cached_features(base(), PHOTOS, folder=tmp_path, progress=False)
    (stored,) = tmp_path.iterdir()
    damage(stored)
    got = finetuning.cached_features(base(), PHOTOS, folder=tmp_path, progress=False)
    np.testing.assert_array_equal(got, wanted)
    with np.load(stored) as file:
        np.testing.assert_array_equal(file["features"], wanted)


def test_an_interrupted_write_leaves_nothing_half_written(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        finetuning.cached_features(base(), PHOTOS, folder=tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("photos", [PHOTOS[:0], PHOTOS[:, :4], PHOTOS[0]])
def test_photos_that_do_not_fit_are_refused_with_both_shapes(tmp_path, photos):
    with pytest.raises(CourseError, match=r"The images have shape .*; .* takes \(N, 8, 8, 3\)"):
        finetuning.cached_features(base(), photos, folder=tmp_path)


def rates(factors):
    """How far the first step of Adam moves each layer: its learning rate, whatever the gradient."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4, name="low"), keras.layers.Dense(2, name="high")]
    )
    model.compile(finetuning.LayerwiseAdam(0.01, factors, epsilon=1e-12), "mse")
    before = {layer.name: layer.kernel.numpy() for layer in model.layers}
    random = np.random.default_rng(0)
    model.fit(random.random((8, 5)), random.random((8, 2)), verbose=0)
    return {
        layer.name: np.abs(layer.kernel.numpy() - before[layer.name]).max()
        for layer in model.layers
    }


def test_each_layer_has_its_own_learning_rate():
    got = rates({"low": 0.1, "unknown": 7.0})
    assert got == pytest.approx({"low": 0.001, "high": 0.01}, rel=1e-2)
    assert rates({"low": 0.0})["low"] == 0


def test_a_layerwise_optimizer_follows_a_schedule_and_can_be_made_again():
    schedule = keras.optimizers.schedules.CosineDecay(0.5, 10)
    optimizer = finetuning.LayerwiseAdam(schedule, {"low": 0.5})
    again = finetuning.LayerwiseAdam.from_config(optimizer.get_config())
    assert again.factors == {"low": 0.5}
    assert float(again.learning_rate) == 0.5
