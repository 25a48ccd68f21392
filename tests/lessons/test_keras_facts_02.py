"""What lesson 02 claims about Keras, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import keras
import numpy as np
import pytest


def painted(kernel):
    """Return how many patches paint each pixel of the output, far from the edge."""
    layer = keras.layers.Conv2DTranspose(
        1, kernel, strides=2, padding="same", kernel_initializer="ones"
    )
    return np.asarray(layer(np.ones((1, 9, 9, 1), "float32")))[0, 6:12, 6:12, 0]


def test_conv2dtranspose_with_strides_2_doubles_height_and_width():
    layer = keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same")
    assert layer(np.zeros((1, 7, 7, 2), "float32")).shape == (1, 14, 14, 3)


def test_a_kernel_of_4_paints_every_pixel_by_the_same_number_of_patches_and_3_does_not():
    assert np.ptp(painted(4)) == 0
    assert np.ptp(painted(3)) > 0


@pytest.mark.parametrize(("first", "pixels"), [("valid", 34), ("same", 30)])
def test_without_padding_same_the_decoder_ends_with_34_pixels_or_30(first, pixels):
    """30 where it is missing in the last layer only."""
    model = keras.Sequential(
        [
            keras.Input((7, 7, 2)),
            keras.layers.Conv2DTranspose(2, 4, strides=2, padding=first),
            keras.layers.Conv2DTranspose(1, 4, strides=2),
        ]
    )
    assert model.output_shape == (None, pixels, pixels, 1)


def test_three_halvings_of_28_pixels_leave_4():
    x = np.zeros((1, 28, 28, 1), "float32")
    for _ in range(3):
        x = keras.layers.Conv2D(1, 3, strides=2, padding="same")(x)
    assert x.shape == (1, 4, 4, 1)


def test_a_model_of_encoder_and_decoder_trains_the_encoder_itself():
    """`chain` shares its layers: after `fit`, the encoder that went in is the trained one."""
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    decoder = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    before = encoder.get_weights()[0].copy()
    model = keras.Sequential([encoder, decoder])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    model.fit(x, x, verbose=0)
    assert not np.allclose(encoder.get_weights()[0], before)


def test_an_autoencoder_without_activations_reaches_what_pca_reaches_and_no_less():
    """Of all linear autoencoders, none has a smaller squared error than PCA (Baldi, Hornik)."""
    random = np.random.default_rng(0)
    x = (random.normal(size=(400, 6)) * [4, 2, 1, 0.5, 0.5, 0.5]).astype("float32")
    centred = x - x.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False) ** 2 / len(x)
    pca_error = values[2:].sum() / 6
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2), keras.layers.Dense(6)])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(x, x, epochs=60, batch_size=400, verbose=0)
    error = float(np.mean((model.predict(x, verbose=0) - x) ** 2))
    assert pca_error - 1e-4 < error < 1.2 * pca_error


def test_summary_names_the_layers_that_the_probe_asks_for():
    from course_lib import pretraining

    encoder = pretraining.build_encoder()
    assert encoder.get_layer("maps").output.shape == (None, 1024)
    assert encoder.get_layer("features").output.shape == (None, 64)
    with pytest.raises(ValueError, match="No such layer"):
        encoder.get_layer("map")
