# %% [markdown]
# # 02 · Pretraining without labels: autoencoders
#
# **You will be able to**
#
# - build a convolutional autoencoder, train it on images that nobody has labelled, and look at what it keeps;
# - compare it with the strongest simple rival of the same size, principal component analysis;
# - say what a pixel loss rewards, and why that need not be what you want;
# - make the task harder on purpose, with a denoising autoencoder;
# - measure what pretraining is worth when a few labels arrive, and tell a clear gain from a lucky run.
#
# **You need** lesson 01, and to have trained one small network before.
#
# **Time**: an hour of yours; under two minutes of a laptop with two cores and no GPU.

# %% [markdown]
# ## The promise
#
# Labels are dear: somebody has to sit down and write them. Images without labels cost next to nothing. **Pretraining
# without labels** is the attempt to learn something from the cheap ones that makes the dear ones go further. It
# takes two steps:
#
# 1. invent a task whose right answers come with the images themselves, and train a network on it;
# 2. throw the task away, keep the network, and give it the few labels.
#
# The oldest such task sounds almost silly: *give back the image that you were shown*. What makes it a task at all is that
# the network has to pass the image through a narrow place, a short list of numbers. To give
# back the image from so little, it has to find out what images of this kind have in common.
#
# **Before you go on, predict.** You have 7,000 images of clothes without labels, and 10 labelled ones of
# each of ten kinds. Does an encoder that has learnt to give back the 7,000 name new clothes better than logistic
# regression that sees nothing but the pixels of the 100? Write down "yes", "no" or "it depends on …". At the end
# you will see five repetitions of this experiment, in two settings.

# %% [markdown]
# ## Set-up

# %%
from course_lib import environment

environment.start()

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from course_lib import checks, data, plots, pretraining

# NumPy's matrices are small here: two threads would wait for each other longer than they compute.
threadpool_limits(1, "blas")
keras.utils.set_random_seed(0)

# %% [markdown]
# The images are a part of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): pictures from a shop's catalogue, 28 × 28
# grey pixels. The 7,000 of the part `unlabelled` really come without labels; there is nothing to cheat with.

# %%
fashion = data.load_fashion_mnist()
unlabelled = fashion.unlabelled.astype("float32") / 255
x_validation = fashion.validation.images.astype("float32") / 255
y_validation = fashion.validation.labels
{"unlabelled": unlabelled.shape, "labelled": len(fashion.train.labels), "validation": len(y_validation)}

# %%
plots.image_grid(
    [x_validation[y_validation == label][0, ..., 0] for label in range(10)],
    fashion.class_names,
    columns=10,
)

# %% [markdown]
# ## The autoencoder
#
# An autoencoder is two networks in a row. The **encoder** turns an image into a **code**, the **decoder** turns the code
# into an image. They are trained together, and the loss is the mean squared difference between the image that
# went in and the one that came out. No label occurs anywhere.
#
# The encoder of this lesson is the same in lesson 03, so that all ways of pretraining can be compared: three
# convolutions, each of which halves height and width, and a dense layer that makes a code of 64 numbers.

# %%
CODE_SIZE = 64


def build_encoder():
    """Return an untrained encoder: images (N, 28, 28, 1) from 0 to 1 -> codes (N, 64)."""
    return pretraining.build_encoder(CODE_SIZE)


build_encoder().summary()

# %% [markdown]
# 784 pixels go in, 64 numbers come out: a twelfth. That is the narrow place, the **bottleneck**.
#
# The decoder goes the other way. The layer that enlarges is `Conv2DTranspose`: with `strides=2` every position of
# its input paints a small patch into an output of twice the height and width, and overlapping patches are added up. With a
# kernel of 4, every output pixel is painted by the same number of patches; with 3, some would get more than
# their neighbours, and a chessboard pattern would have to be unlearnt (Odena, Dumoulin and Olah 2016).

# %% [markdown]
# ### Exercise 1: the decoder
#
# Build the decoder for codes of `code_size` numbers:
#
# - a dense layer, ReLU, whose output is brought into 32 channels of a map; choose the map's side so that doubling it twice
#   gives 28;
# - a `Conv2DTranspose` to 16 channels, kernel 4, stride 2, `padding="same"`, ReLU;
# - a `Conv2DTranspose` to one channel, kernel 4, stride 2, `padding="same"`, without activation: later the
#   values will not lie between 0 and 1.


# %% solution="build_decoder"
def build_decoder(code_size):
    """Return an untrained decoder: codes (N, code_size) -> images (N, 28, 28, 1)."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(7 * 7 * 32, activation="relu"),
            keras.layers.Reshape((7, 7, 32)),
            keras.layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ],
        name="decoder",
    )
    ### END SOLUTION


# %% checks="build_decoder" points=2
import keras
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 1"):
    decoder = build_decoder(5)
    checks.true(
        isinstance(decoder, keras.Model),
        f"build_decoder gave a {type(decoder).__name__}, not a Keras model.",
        "is the `return` missing?",
    )
    checks.equal(
        list(decoder.input_shape), [None, 5], "The input shape of build_decoder(5)",
        causes=[([None, 64], "`code_size` is not used.")],
    )  # fmt: skip
    checks.equal(
        list(decoder.output_shape), [None, 28, 28, 1], "The output shape of build_decoder(5)",
        causes=[
            ([None, 32, 32, 1], "the map that you start from has side 4; doubled, 4 never becomes 28."),
            ([None, 14, 14, 1], "the side is doubled only once."),
            ([None, 56, 56, 1], "the side is doubled once too often, or the map is too large."),
            ([None, 30, 30, 1], '`padding="same"` is missing.'),
            ([None, 28, 28], "the channel is missing at the end."),
            ([None, 28, 28, 16], "the last layer has 16 channels; an image has one."),
        ],
    )  # fmt: skip
    keras.utils.set_random_seed(1)
    decoder = build_decoder(5)
    codes = np.random.default_rng(1).normal(size=(20, 5)).astype("float32")
    large = np.asarray(decoder(1000 * codes))
    checks.true(
        large.min() < -0.5 and large.max() > 1.5,
        f"For very large codes the pixels still lie between {large.min():.2f} and {large.max():.2f}.",
        "the last layer has an activation that limits its output.",
    )
    bend = np.asarray(decoder(codes) + decoder(-codes)) / 2 - np.asarray(decoder(0 * codes))
    checks.true(
        np.abs(bend).max() > 1e-4,
        "The decoder is a straight line: the mean of decoder(code) and decoder(-code) is decoder(0).",
        "the layers in between have no activation, so that all of them together are one matrix.",
    )
    ### BEGIN HIDDEN TESTS
    wide = build_decoder(11)
    checks.equal(wide.count_params(), 12 * 7 * 7 * 32 + 16 * 16 * 32 + 16 + 16 * 16 + 1,
                 "The number of parameters of build_decoder(11)",
                 otherwise="other kernels, channels or layers than asked for.")  # fmt: skip
    pixels = np.asarray(wide(np.random.default_rng().normal(size=(8, 11)).astype("float32")))
    checks.true(pixels.std(axis=0).max() > 0, "Different codes give the same image.")
    ### END HIDDEN TESTS

# %% [markdown]
# Now the two in a row. The training is an ordinary `fit`, only that the target is the input itself.


# %%
def chain(encoder, decoder):
    """Return the model image -> code -> image, compiled to make the squared error small."""
    autoencoder = keras.Sequential([encoder, decoder])
    autoencoder.compile(keras.optimizers.Adam(learning_rate=0.002), loss="mse")
    return autoencoder


def train_autoencoder(encoder, images, epochs, verbose=0):
    """Train the encoder, with a new decoder, to give back `images`. Return decoder and history."""
    decoder = build_decoder(encoder.output_shape[1])
    history = chain(encoder, decoder).fit(
        images, images, epochs=epochs, batch_size=128, verbose=verbose
    )
    return decoder, history


encoder = build_encoder()
decoder, history = train_autoencoder(encoder, unlabelled, epochs=3, verbose=2)


# %% [markdown]
# ### Exercise 4: noise
# TODO


# %% solution="noisy_pair"
def noisy_pair(images, photons, seed):
    """Return (inputs, targets) for one epoch, both of the shape of `images`."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(seed)
    caught = random.poisson(images * photons) + random.normal(0, 1, images.shape)
    return (caught / photons).astype("float32"), images
    ### END SOLUTION


# %%
PHOTONS = 2.0


def train_denoising(encoder, images, photons, epochs, seed=0, verbose=0):
    """Train the encoder, with a new decoder, to give back `images` from noisy ones."""
    decoder = build_decoder(encoder.output_shape[1])
    model = chain(encoder, decoder)
    for epoch in range(epochs):
        inputs, targets = noisy_pair(images, photons, 1000 * seed + epoch)
        model.fit(inputs, targets, batch_size=128, verbose=verbose)
    return decoder
