"""What lesson 04 says about Keras, one test per claim, named after it."""

import keras
import numpy as np
import pytest

from course_lib import backbones, delta, finetuning

PHOTOS = np.random.default_rng(0).random((64, 12, 12, 3)).astype("float32")
LABELS = np.arange(64) % 3


def network():
    keras.utils.set_random_seed(0)
    image = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(image)
    x = keras.layers.BatchNormalization(name="bn")(x)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(x))
    return keras.Model(image, keras.layers.Dense(3, name="head")(x))


def compile_model(model):
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def fit(model):
    model.fit(PHOTOS, LABELS, verbose=0)


def audited(model):
    before = delta.snapshot(model)
    fit(model)
    return delta.audit(model, before)


def all_but_the_head(model, value):
    for layer in model.layers:
        if layer.name != "head":
            layer.trainable = value


def test_a_opening_layers_after_training_moves_nothing_without_a_new_compile():
    model = network()
    all_but_the_head(model, False)
    compile_model(model)
    fit(model)
    all_but_the_head(model, True)
    finetuning.keep_batch_normalization_frozen(model)
    found = audited(model)
    assert set(found.trained) == {"head/kernel", "head/bias"}
    assert {"conv/kernel", "depthwise/kernel"} <= set(found.still)


def test_b_opening_layers_and_compiling_moves_them_and_not_the_batch_normalization():
    model = network()
    all_but_the_head(model, False)
    compile_model(model)
    fit(model)
    all_but_the_head(model, True)
    finetuning.keep_batch_normalization_frozen(model)
    compile_model(model)
    found = audited(model)
    assert {"conv/kernel", "depthwise/kernel", "head/kernel"} <= set(found.trained)
    assert not any(name.startswith("bn/") for name in found.trained)
    assert found.statistics == {} and found.leaked == []


def test_c_freezing_between_compile_and_the_first_fit_works():
    """Keras reads the flags when `fit` builds its training step, not when `compile` is called."""
    model = network()
    compile_model(model)
    all_but_the_head(model, False)
    found = audited(model)
    assert set(found.trained) == {"head/kernel", "head/bias"}
    assert found.statistics == {} and found.leaked == [] and found.still == []


def test_d_freezing_after_training_stops_nothing_without_a_new_compile():
    model = network()
    compile_model(model)
    fit(model)
    all_but_the_head(model, False)
    found = audited(model)
    assert "conv/kernel" in found.leaked
    assert set(found.statistics) == {"bn/moving_mean", "bn/moving_variance"}


def test_e_freezing_only_the_convolutions_moves_gamma_beta_and_the_statistics():
    model = network()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            layer.trainable = False
    compile_model(model)
    found = audited(model)
    assert {"bn/gamma", "bn/beta"} <= set(found.trained)
    assert set(found.statistics) == {"bn/moving_mean", "bn/moving_variance"}
    assert not any(name.startswith(("conv", "depthwise")) for name in found.trained)


def test_f_freezing_and_opening_a_layer_after_enable_lora_opens_its_kernel_too():
    model = network()
    layer = model.get_layer("conv")
    layer.enable_lora(2)
    all_but_the_head(model, False)
    all_but_the_head(model, True)
    finetuning.keep_batch_normalization_frozen(model)
    compile_model(model)
    assert {"conv/kernel", "conv/lora_kernel_a"} <= set(audited(model).trained)


def test_a_flag_that_is_set_to_what_it_is_already_does_not_reach_the_layers_below():
    """Why the lesson sets the flag of every layer, and not only the model's."""
    model = network()
    model.get_layer("conv").trainable = False
    model.trainable = True
    assert not model.get_layer("conv").trainable
    model.trainable = False
    model.trainable = True
    assert model.get_layer("conv").trainable


def test_lora_trains_the_thin_matrices_and_leaves_the_kernel():
    model = network()
    finetuning.keep_batch_normalization_frozen(model)
    model.get_layer("conv").enable_lora(2)
    compile_model(model)
    moved = audited(model).trained
    assert {"conv/lora_kernel_a", "conv/lora_kernel_b"} <= set(moved)
    assert "conv/kernel" not in moved


def test_lora_changes_nothing_at_the_start_and_its_change_has_its_rank():
    model = network()
    layer, before = model.get_layer("conv"), model.predict(PHOTOS, verbose=0)
    kernel = layer.kernel.numpy()
    layer.enable_lora(2)
    np.testing.assert_allclose(model.predict(PHOTOS, verbose=0), before, atol=1e-6)
    assert not layer.lora_kernel_b.numpy().any() and layer.lora_kernel_a.numpy().any()
    compile_model(model)
    fit(model)
    change = delta.as_matrix(keras.ops.convert_to_numpy(layer.kernel) - kernel)
    assert np.linalg.matrix_rank(change, tol=1e-6) == 2


def test_conv_and_dense_have_enable_lora_and_depthwise_and_normalization_have_not():
    model = network()
    has = {layer.name: hasattr(layer, "enable_lora") for layer in model.layers if layer.weights}
    assert has == {"conv": True, "bn": False, "depthwise": False, "head": True}


def test_a_depthwise_convolution_is_no_conv2d_to_type():
    """Why the lesson asks for `type(layer) is keras.layers.Conv2D`."""
    assert type(network().get_layer("depthwise")) is not keras.layers.Conv2D


def test_inside_a_frozen_model_no_layer_trains_whatever_its_own_flag_says():
    model = network()
    model.trainable = False
    model.get_layer("head").trainable = True
    assert model.trainable_weights == []


def test_a_used_optimizer_cannot_be_compiled_onto_newly_opened_weights():
    model = network()
    all_but_the_head(model, False)
    optimizer = keras.optimizers.Adam()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    fit(model)
    all_but_the_head(model, True)
    model.compile(optimizer, loss)
    with pytest.raises((ValueError, KeyError)):
        fit(model)


def test_the_embedded_network_has_blocks_0_to_16_and_convolutions_without_bias():
    model = backbones.load("embedded", input_size=96).model
    blocks = {int(n.split("_")[1]) for n in (layer.name for layer in model.layers)
              if n.startswith("block_")}  # fmt: skip
    assert blocks == set(range(1, 17)), "block 0 is called expanded_conv"
    assert model.get_layer("expanded_conv_project")
    assert not any(name.endswith("bias") for name in delta.snapshot(model))
