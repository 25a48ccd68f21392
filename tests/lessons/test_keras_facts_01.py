"""What lesson 01 claims about Keras, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import keras
import numpy as np
import pytest

from course_lib import backbones

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype("float32")


def network(filters=8, activation="relu"):
    photo = keras.Input((None, None, 3))
    x = keras.layers.RandomFlip("horizontal")(photo)
    x = keras.layers.Conv2D(filters, 3)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Activation(activation)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(photo, keras.layers.Dense(5, activation="softmax")(x))


def test_a_file_of_theta_holds_four_bytes_for_each_number_and_little_more(tmp_path):
    model = network(filters=4000)
    model.save_weights(tmp_path / "theta.weights.h5")
    size = (tmp_path / "theta.weights.h5").stat().st_size
    assert 4 * model.count_params() < size < 4 * model.count_params() + 100_000


def test_two_networks_with_the_same_theta_are_the_same_function(tmp_path):
    keras.utils.set_random_seed(0)
    one, other = network(), network()
    answers = one(PHOTOS, training=False).numpy()
    assert not np.allclose(answers, other(PHOTOS, training=False))
    one.save_weights(tmp_path / "theta.weights.h5")
    other.load_weights(tmp_path / "theta.weights.h5")
    assert np.array_equal(answers, other(PHOTOS, training=False))


def test_another_activation_takes_theta_without_a_word_and_answers_otherwise(tmp_path):
    one, other = network(), network(activation="tanh")
    one.save_weights(tmp_path / "theta.weights.h5")
    other.load_weights(tmp_path / "theta.weights.h5")
    assert not np.allclose(one(PHOTOS, training=False), other(PHOTOS, training=False))


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    network().save_weights(tmp_path / "theta.weights.h5")
    with pytest.raises(ValueError):
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).load_weights(
            tmp_path / "theta.weights.h5"
        )


def test_batch_normalization_holds_four_numbers_for_each_channel_two_of_them_trained():
    layer = keras.layers.BatchNormalization()
    layer.build((None, 7, 7, 6))
    assert layer.count_params() == 4 * 6
    assert sum(weight.numpy().size for weight in layer.trainable_weights) == 2 * 6


def test_photos_of_another_size_need_no_other_number():
    model = network()
    assert model(PHOTOS).shape == model(PHOTOS[:, :20, :28]).shape == (3, 5)


def test_without_the_average_over_positions_larger_photos_need_more_numbers():
    def numbers(side, last):
        layers = [keras.Input((side, side, 3)), keras.layers.Conv2D(4, 3), last]
        return keras.Sequential([*layers, keras.layers.Dense(5)]).count_params()

    assert numbers(32, keras.layers.Flatten()) > numbers(16, keras.layers.Flatten())
    averages = [numbers(side, keras.layers.GlobalAveragePooling2D()) for side in (16, 32)]
    assert averages[0] == averages[1]


def test_the_convolutions_of_mobilenet_v2_have_no_biases_and_17_of_them_are_depthwise():
    model = backbones.load("embedded", input_size=96, include_top=True).model
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    convolutions = [layer for layer in model.layers if isinstance(layer, kinds)]
    assert not any(layer.use_bias for layer in convolutions)
    assert sum(isinstance(layer, keras.layers.DepthwiseConv2D) for layer in convolutions) == 17
    sixth = model.weights[5]
    assert "depthwise" in sixth.path and sixth.shape == (3, 3, 32, 1)  # one filter for each channel


def before_the_last_layer(model, photos):
    """Return what the last layer gets, (N, 1280), and the probabilities that it makes of it."""
    cut = keras.Model(model.input, [model.layers[-2].output, model.output])
    preprocessing = backbones.load("embedded", input_size=96).preprocessing
    return [found.numpy() for found in cut(preprocessing(photos), training=False)]


@pytest.mark.parametrize("seed", range(3))
def test_with_random_theta_the_signal_dies_on_the_way(seed):
    keras.utils.set_random_seed(seed)
    empty = backbones.load("embedded", input_size=96, include_top=True, weights=None).model
    photos = np.random.default_rng(seed).integers(0, 256, (4, 96, 96, 3)).astype("float32")
    features, probabilities = before_the_last_layer(empty, photos)
    assert 0 < np.abs(features).mean() < 1e-9
    assert np.abs(probabilities - 0.001).max() < 0.0001


@pytest.mark.parametrize("seed", range(3))
def test_with_shuffled_theta_the_signal_has_the_size_of_the_trained_one(seed):
    model = backbones.load("embedded", input_size=96, include_top=True).model
    photos = np.random.default_rng(seed).integers(0, 256, (4, 96, 96, 3)).astype("float32")
    trained, _ = before_the_last_layer(model, photos)
    random = np.random.default_rng(seed)
    model.set_weights([random.permutation(a.ravel()).reshape(a.shape) for a in model.get_weights()])
    features, probabilities = before_the_last_layer(model, photos)
    assert 0.1 < np.abs(features).mean() / np.abs(trained).mean() < 100
    assert probabilities.max(axis=1).min() > 0.05  # sure, of whatever it is


def test_the_last_layer_of_the_pretrained_network_is_one_dense_layer_on_1280_features():
    model = backbones.load("embedded", input_size=96, include_top=True).model
    assert isinstance(model.layers[-1], keras.layers.Dense)
    assert model.layers[-2].output.shape == (None, 1280)
    assert [array.shape for array in model.layers[-1].get_weights()] == [(1280, 1000), (1000,)]


class Looks(keras.callbacks.Callback):
    """Replaces the validation accuracy of each epoch by the next of a list."""

    def __init__(self, accuracies):
        super().__init__()
        self.accuracies = accuracies

    def on_epoch_end(self, epoch, logs=None):
        logs["val_accuracy"] = self.accuracies[epoch]
        self.model.layers[-1].bias.assign([float(epoch + 1)])


@pytest.mark.parametrize(
    ("accuracies", "made", "kept"),
    [
        ([0.20, 0.30, 0.28, 0.30, 0.31, 0.29, 0.31, 0.30, 0.33], 8, 5),
        ([0.1, 0.2, 0.3, 0.2], 4, 3),
        ([0.3, 0.2, 0.2, 0.2, 0.4], 4, 1),
    ],
)
def test_early_stopping_stops_and_keeps_as_exercise_4_says(accuracies, made, kept):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    stopping = keras.callbacks.EarlyStopping(
        "val_accuracy", patience=3, mode="max", restore_best_weights=True
    )
    history = model.fit(
        np.zeros((2, 1)), np.zeros((2, 1)), epochs=len(accuracies), verbose=0,
        callbacks=[Looks(accuracies), stopping],
    )  # fmt: skip
    assert len(history.epoch) == made
    assert model.layers[-1].bias.numpy() == kept
