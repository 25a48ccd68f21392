# %% [markdown]
# # 05 · The ResNet50 example, taken apart and rebuilt
#
# **You will be able to**
#
# - build an image classifier on a pretrained network and say what each line is for;
# - find the mistakes that the classic listing makes without any error message;
# - train many heads on features that were computed once, in the time that one took;
# - judge the result with a baseline, a control and an interval, on a test part that is opened once.
#
# **You need** lesson 00 and to have trained one small network before.
#
# **Time**: about {minutes} minutes of yours; under two minutes of a laptop with two cores and no GPU.

# %% [markdown]
# ## The listing
#
# This is the transfer-learning example that you find, with small variations, in countless articles. (`x_train` holds
# photos as they come, with values 0 to 255; `y_train` says the class of each, one-hot.)
#
# ```python
# from tensorflow.keras.applications import ResNet50
# from tensorflow.keras.layers import Dense, GlobalAveragePooling2D
# from tensorflow.keras.models import Model
# from tensorflow.keras.optimizers import Adam
#
# base_model = ResNet50(weights='imagenet', include_top=False)
# x = base_model.output
# x = GlobalAveragePooling2D()(x)
# x = Dense(1024, activation='relu')(x)
# predictions = Dense(10, activation='softmax')(x)
# model = Model(inputs=base_model.input, outputs=predictions)
#
# for layer in base_model.layers:
#     layer.trainable = False
#
# model.compile(optimizer=Adam(lr=0.001), loss='categorical_crossentropy', metrics=['accuracy'])
# model.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_test, y_test))
# loss, accuracy = model.evaluate(x_test, y_test)
# print('Test accuracy:', accuracy)
# ```
#
# | line | what it does |
# |---|---|
# | `ResNet50(weights='imagenet', include_top=False)` | loads a trained network without its last layer; what comes out is a small map with 2,048 numbers at each position |
# | `GlobalAveragePooling2D()` | averages over the positions: one row of 2,048 features for each photo |
# | `Dense(1024, activation='relu')` | the hidden layer of the new *head*: 1,024 mixtures of the features |
# | `Dense(10, activation='softmax')` | ten scores, turned into probabilities that sum to 1 |
# | `layer.trainable = False` | freezes the base: training will not change it |
# | `Adam`, `categorical_crossentropy` | how the head is trained: small steps that make the probability of the right class larger |
# | `fit`, `evaluate` | ten times over the training photos, then one number for the reader |
#
# **Before you go on, predict:** exactly one line fails in today's Keras. Which one? And how many
# further mistakes are in there that give no error at all, only a worse number, a dishonest one, or lost time?
# Your two answers go into the cell below the imports; at the end of the lesson you can count.

# %% [markdown]
# ## Set-up

# %%
from course_lib import environment

environment.start()

# %%
import keras
import numpy as np

from course_lib import backbones, data, evaluation, feature_extraction, finetuning
from course_lib import plots, predictions

keras.utils.set_random_seed(0)

# %%
LINES = ("ResNet50", "Dense", "Model", "trainable", "compile", "fit", "evaluate")
guess_line = predictions.guess("05", "the line that fails, with", ..., among=LINES)
guess_mistakes = predictions.guess("05", "silent mistakes", ..., low=0)

# %% [markdown]
# The line that fails is `Adam(lr=0.001)`: the argument has been called `learning_rate` for years, and Keras 3
# no longer accepts the old name. This is the kind of mistake to be grateful for. It is loud.

# %%
try:
    keras.optimizers.Adam(lr=0.001)
except ValueError as error:
    print(error)

# %% [markdown]
# ## The pretrained network
#
# The whole method has six steps: collect general data, choose a pretraining task, pretrain; collect data of your own
# task, fine-tune, evaluate. The first three were done by others, on 1.28 million labelled photographs of
# ImageNet. What we receive is θ: the numbers that came out. ResNet50's have to be downloaded (close to
# 100 MB); when that is not possible, the course's embedded network takes its place, and everything below works the same.

# %%
backbone = backbones.load_first(["ResNet50", "embedded"], input_size=96)
print(backbone.source)

# %% [markdown]
# Is there really something in these numbers? Ask the embedded network, this time *with* its top layer, which
# gives one probability for each of ImageNet's 1,000 classes, what it sees on seven photographs.

# %%
photos = data.sample_photos()
classifier = backbones.load("embedded", input_size=224, include_top=True)


def what_it_sees(pixels):
    """Return the most probable ImageNet class of each photo, with its probability."""
    probabilities = classifier.model(pixels, training=False).numpy()
    best = [answer[0] for answer in backbones.decode_predictions(probabilities, top=1)]
    return [f"{name.split(',')[0]}\n{probability:.0%}" for name, probability in best]


enlarged = np.stack([keras.ops.image.resize(photo, (224, 224)) for photo in photos.values()])
plots.image_grid(enlarged, what_it_sees(classifier.preprocessing(enlarged)), columns=7)

# %% [markdown]
# Most of the answers are right or near, and where ImageNet has no word for what is there (it knows neither dahlias
# nor pagodas), the network says what comes closest in colour and pattern. Look at how sure it is of the dahlia: sure
# and wrong, at the same time. That will return. What it must know to do so, from
# edges and textures to handles and whiskers, is what we want to reuse.

# %% [markdown]
# ## First silent mistake: preprocessing belongs to the weights
#
# Between the pixels and the network stood `classifier.preprocessing`. The listing has nothing in that
# place. Weights are trained on numbers in a certain range and colour order, and they make sense only for
# those. **Predict:** what happens to the answers if we hand over raw pixels, 0 to 255? How many of the seven photos
# keep their name?

# %%
guess_raw = predictions.guess("05", "of seven photos, named as before", ..., low=0, high=7)

# %%
as_it_should, raw = what_it_sees(classifier.preprocessing(enlarged)), what_it_sees(enlarged)
same_name = [a.split("\n")[0] == b.split("\n")[0] for a, b in zip(as_it_should, raw, strict=True)]
guess_raw.came_out(sum(same_name))
plots.image_grid(enlarged, raw, columns=7)

# %% [markdown]
# No error, no warning, and it is often just as sure as before. This mistake is easy to make and hard to notice: nothing
# breaks, and a newly trained head repairs a part of the damage, so that the result is merely bad. How bad, you
# will measure below.
#
# Which preprocessing is right depends on who trained the weights:
#
# | weights | what they expect |
# |---|---|
# | ResNet50 of Keras (converted from Caffe) | blue, green, red; the mean colour of ImageNet subtracted; not divided |
# | MobileNetV2, ResNet50V2 of Keras | red, green, blue; scaled to −1 … 1 |
# | PyTorch's weights, such as the embedded ones | red, green, blue; scaled to 0 … 1, then standardised per channel |
#
# That is why `backbones.load` hands over weights and preprocessing together.

# %% [markdown]
# ### Exercise 1: preprocess for ResNet50
#
# Write what ResNet50's weights expect. `images` has shape (N, height, width, 3), channels in the order
# red, green, blue, values 0 to 255, of type `uint8` or `float32`. Return floating-point numbers of the same shape: channels
# in the order blue, green, red, with the means 103.939 (blue), 116.779 (green) and 123.68 (red)
# subtracted. The argument must stay as it is: a cell that is run twice must not preprocess twice.

# %% [markdown] hints="caffe_preprocess"
# Work out one pixel on paper: red 10, green 20, blue 250. Which three numbers should come out, and in which
# order? Give that pixel to your function as an array of shape (1, 1, 1, 3) and compare number by number. Then
# try two different pixels side by side: is each still in its place?
#
# In an index, `...` stands for all the axes that you don't name, so a slice written after it reaches only the
# last one, the channels. And mind the type: `uint8` knows neither negative numbers nor fractions, and an
# assignment with `-=` writes into the very array that you were given.
#
# Two lines are enough. The first takes `images` as `float32` and turns the last axis round, and that axis
# only. The second subtracts an array of three means with a plain `-`, which makes a new array; NumPy lines
# the three numbers up with the channels. In which order do they have to stand by then?


# %% solution="caffe_preprocess"
def caffe_preprocess(images):
    """Return images in blue, green, red order with ImageNet's mean colour subtracted."""
    ### BEGIN SOLUTION
    blue_green_red = np.asarray(images, dtype=np.float32)[..., ::-1]
    return blue_green_red - np.array([103.939, 116.779, 123.68], dtype=np.float32)
    ### END SOLUTION


# %% checks="caffe_preprocess" points=2
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 1", lesson="05"):
    pixel = np.array([[[[200, 100, 50]]]], dtype=np.uint8)
    rgb = np.array([200.0, 100.0, 50.0])
    mean = np.array([103.939, 116.779, 123.68])
    checks.close(
        caffe_preprocess(pixel),
        [[[[-53.939, -16.779, 76.32]]]],
        "caffe_preprocess of one pixel with red 200, green 100, blue 50",
        causes=[
            ((rgb / 127.5 - 1).reshape(1, 1, 1, 3), "that is what other networks expect."),
            ((rgb - mean).reshape(1, 1, 1, 3), "the channels are still red, green, blue."),
            (
                (rgb - mean[::-1]).reshape(1, 1, 1, 3),
                "the channels were not reversed, the means were.",
            ),
            (
                (rgb[::-1] - mean[::-1]).reshape(1, 1, 1, 3),
                "the means of blue and red are interchanged.",
            ),
            ((rgb[::-1]).reshape(1, 1, 1, 3), "the mean colour was not subtracted."),
            (
                ((rgb / 255)[::-1] - mean).reshape(1, 1, 1, 3),
                "the values were divided by 255; these weights expect undivided ones.",
            ),
            ((rgb[::-1] - 2 * mean).reshape(1, 1, 1, 3), "the mean colour was subtracted twice."),
            ([[[[0, 0, 0]]]], "the image's own mean was subtracted; ImageNet's is given."),
            (
                (((rgb[::-1] - mean).astype(int)) % 256).reshape(1, 1, 1, 3),
                "`uint8` holds no negative numbers: they have become large ones.",
            ),
        ],
        otherwise="an integer type that cannot be negative or has no fractions, or another order of channels or "
        "steps.",
        rtol=1e-4,
    )
    two = np.array([[[[200, 100, 50], [0, 0, 0]]]], dtype=np.uint8)
    checks.close(
        caffe_preprocess(two),
        [[[[-53.939, -16.779, 76.32], [-103.939, -116.779, -123.68]]]],
        "caffe_preprocess of two pixels side by side, the one above and a black one,",
        causes=[
            (
                [[[[-103.939, -116.779, -123.68], [-53.939, -16.779, 76.32]]]],
                "the pixels of a row were reversed as well, not only the channels.",
            ),
        ],
        otherwise="each pixel is treated alone, and all of them alike.",
        rtol=1e-4,
    )
    image = np.arange(2 * 2 * 3 * 3, dtype=np.float32).reshape(2, 2, 3, 3)
    before = image.copy()
    caffe_preprocess(image)
    checks.unchanged(before, image, "The argument `images`")
    ### BEGIN HIDDEN TESTS
    from keras.applications import resnet

    column = np.array(
        [[[[255, 0, 0]], [[0, 0, 255]]], [[[0, 255, 0]], [[0, 0, 0]]]], dtype=np.float32
    )
    checks.close(
        caffe_preprocess(column),
        [[[[-103.939, -116.779, 131.32]], [[151.061, -116.779, -123.68]]],
         [[[-103.939, 138.221, -123.68]], [[-103.939, -116.779, -123.68]]]],
        "caffe_preprocess of two images, red over blue and green over black,",
        otherwise="images or rows change places, or only the first of them is treated.",
        rtol=1e-4,
    )  # fmt: skip
    batch = checks.fresh_random().integers(0, 256, (3, 4, 5, 3))
    for kind in (np.uint8, np.float32):
        # Room for float32, whose rounding is 1e-5 here; rounded means are off by 0.06 or more.
        checks.close(
            caffe_preprocess(batch.astype(kind)),
            resnet.preprocess_input(batch.astype(np.float32)),
            f"caffe_preprocess of a random batch of {kind.__name__}",
            otherwise="it is right for a few pixels; is a size, a colour or a type fixed in the code?",
            rtol=1e-5,
            atol=1e-3,
        )
    ### END HIDDEN TESTS

# %% [markdown]
# ## The task and its data
#
# Ten kinds of things on photographs of 32 × 32 pixels: CIFAR-10 (Krizhevsky 2009). The course ships 5,000
# of its 60,000 pictures, divided once and for all into three parts in which every class is equally
# frequent.

# %%
cifar = data.load_cifar10()
x_train, y_train = cifar.train
x_validation, y_validation = cifar.validation
{"training": x_train.shape, "validation": x_validation.shape, "test": len(cifar.test)}

# %%
plots.image_grid(x_train[:12], [cifar.class_names[label] for label in y_train[:12]])

# %% [markdown]
# ## Second silent mistake: the test part used for validation
#
# The listing passes `validation_data=(x_test, y_test)`. Nothing is trained on these pictures, so where is the
# harm? *You* look at the validation curve: you choose the number of epochs by it, the learning rate, the
# network. Every such choice fits a little to the chance of these very pictures. Then `evaluate`
# reports on the same pictures, and the number is too good.
#
# Here the test part is sealed. Opening it takes a purpose, and a second purpose is refused. We will open it
# once, at the end, for all candidates together.

# %%
cifar.test

# %% [markdown]
# ## Third silent mistake: the input shape
#
# ResNet50 was made for 224 × 224 pixels. `include_top=False` accepts other sizes, and the listing relies on it.
# **Predict:** the network halves height and width five times. How much of a 32 × 32 picture is left
# at the end?

# %%
guess_positions = predictions.guess("05", "positions left of 32 × 32", ..., low=1, high=1024)

# %%
small = keras.ops.ones((1, 32, 32, 3))
large = keras.ops.ones((1, 96, 96, 3))
embedded_32 = backbones.load("embedded", input_size=32)
guess_positions.came_out(np.prod(embedded_32.model(small).shape[1:3]))
{
    f"{embedded_32.name}, 32 pixels": tuple(embedded_32.model(small).shape),
    f"{backbone.name}, 96 pixels": tuple(backbone.model(large).shape),
}

# %% [markdown]
# One single position. And the layers were trained on eyes and wheels that are many pixels wide; on these pictures a
# wheel is three pixels wide. Enlarging the pictures adds no information, but it brings the things on them nearer to
# the size that the layers were trained on. 96 pixels is a compromise with the time that you wait; what it
# gains, you will measure below.

# %% [markdown]
# ## The listing, repaired
#
# All the preparation becomes part of the model, so that it takes photographs as they are and cannot be fed
# wrongly. Here is the listing as a function. The loud mistake and those silent ones that concern the model are still
# in it, and whoever wrote it down has added one: instead of every layer it freezes only the convolutions, "because
# that is where the weights are".
#
# ```python
# def build_classifier(base, preprocessing, classes):
#     inputs = keras.Input((32, 32, 3))
#     x = base(inputs)
#     x = keras.layers.GlobalAveragePooling2D()(x)
#     x = keras.layers.Dense(1024, activation="relu")(x)
#     outputs = keras.layers.Dense(classes, activation="softmax")(x)
#     for layer in base.layers:
#         if isinstance(layer, keras.layers.Conv2D):
#             layer.trainable = False
#     model = keras.Model(inputs, outputs)
#     model.compile(
#         optimizer=keras.optimizers.Adam(lr=0.001),
#         loss="categorical_crossentropy",
#         metrics=["accuracy"],
#     )
#     return model
# ```

# %% [markdown]
# ### Exercise 2: repair the listing
#
# Copy the function above into the next cell and repair it. The model that you return
#
# - takes photographs of shape (32, 32, 3) with values 0 to 255, and brings them to the size that `base`
#   expects (`base.input_shape`) with `keras.layers.Resizing`;
# - applies `preprocessing`, once;
# - never changes anything in `base` when it is trained, including the statistics of its BatchNormalization;
# - ends with Dense 1024 and Dense `classes`, as in the listing;
# - is compiled with Adam at a learning rate of 0.001, for labels that are class numbers (0, 1, 2 …).

# %% [markdown] hints="build_classifier"
# Take the demands one at a time and put your finger on the line that meets each. Then look at what you built:
# `model.summary(expand_nested=True, show_trainable=True)` lists every layer in order and says which of them
# `fit` may change. How many should say yes?
#
# How a layer behaves in one call and what `fit` may change are two separate switches, and BatchNormalization
# holds numbers that `fit` changes, too. A model has a `trainable` of its own, which it hands down to
# everything inside. As for the labels: Keras has two cross-entropies for several classes, and the listing
# uses the one for one-hot rows.
#
# On the way from `inputs` to `outputs` the order is: Resizing, preprocessing, base, pooling, two Dense
# layers. The height and the width that `base` expects are the entries 1 and 2 of `base.input_shape`, and
# `preprocessing` is called like a layer: `x = preprocessing(x)`. One line in front of all this can replace
# the whole loop that freezes; which?


# %% solution="build_classifier"
def build_classifier(base, preprocessing, classes):
    """Return the compiled classifier: photos (N, 32, 32, 3) -> probabilities (N, classes)."""
    ### BEGIN SOLUTION
    base.trainable = False
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Resizing(*base.input_shape[1:3])(inputs)
    x = preprocessing(x)
    x = base(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(1024, activation="relu")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### END SOLUTION


# %% checks="build_classifier" points=4
import keras
import numpy as np

from course_lib import checks


def small_base(size=48):
    """A base like the real ones, only tiny: convolution, BatchNormalization, ReLU."""
    image = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(6, 3, strides=4, name="conv")(image)
    x = keras.layers.BatchNormalization(name="bn")(x)
    return keras.Model(image, keras.layers.ReLU()(x), name="base")


with checks.exercise("Exercise 2", lesson="05"):
    keras.utils.set_random_seed(1)
    base = small_base()
    preprocessing = keras.layers.Rescaling(1 / 100, offset=-1)
    model = build_classifier(base, preprocessing, 5)
    random = np.random.default_rng(1)
    x = random.integers(0, 256, (64, 32, 32, 3)).astype("float32")
    y = random.integers(0, 5, 64)

    checks.true(
        isinstance(model, keras.Model),
        f"build_classifier gave a value of type {type(model).__name__}, not a Keras model.",
        "`return model` is missing.",
    )
    checks.equal(
        (model.input_shape, model.output_shape),
        ((None, 32, 32, 3), (None, 5)),
        "The model's input and output shape",
        otherwise="the input is not the small photo, or the number of classes is fixed.",
    )
    head = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    checks.equal(
        [layer.units for layer in head],
        [1024, 5],
        "The list of units of the Dense layers",
        otherwise="the head is another one than the listing's.",
    )

    output = model.predict(x, verbose=0)
    checks.close(
        output[:3].sum(axis=1),
        np.ones(3),
        "The sums of the probabilities of three photos",
        otherwise="the last layer has no softmax, so its outputs are no probabilities.",
        rtol=1e-3,
    )

    checks.equal(
        tuple(head[0].kernel.shape), (6, 1024), "The shape of the first Dense layer's kernel, for a base with 6 channels,",
        otherwise="the layer has to get one number for each channel: is the pooling missing?",
    )  # fmt: skip

    def outputs_if(prepared, hidden=lambda sums: np.maximum(sums, 0), pooled=np.mean):
        """Return the first photo's output for other steps on the way, computed in NumPy."""
        maps = base(prepared[:1], training=False).numpy()
        sums = pooled(maps, axis=(1, 2)) @ head[0].kernel.numpy() + head[0].bias.numpy()
        powers = np.exp(hidden(sums) @ head[1].kernel.numpy() + head[1].bias.numpy())
        return powers / powers.sum()

    resized = keras.layers.Resizing(48, 48)(x)
    once = preprocessing(resized)
    # 20 seeds: right answers use 0.0001 of this tolerance; the nearest wrong one is off by 5 of it.
    checks.close(
        output[:1],
        outputs_if(once),
        "The model's output for a photo",
        causes=[
            (outputs_if(resized), "`preprocessing` is not applied."),
            (outputs_if(preprocessing(once)), "`preprocessing` is applied twice."),
            (outputs_if(once, hidden=lambda sums: sums), "the hidden layer has no activation."),
            (outputs_if(once, pooled=np.max), "the largest number of each channel was taken, not the average."),
        ],
        otherwise="resizing, preprocessing, base, pooling and the head do not follow each other as in the listing.",
        rtol=1e-3,
        atol=1e-4,
    )  # fmt: skip
    checks.true(model.compiled, "The model is not compiled.", "`model.compile(…)` is missing.")
    checks.close(
        model.optimizer.learning_rate, 0.001, "The learning rate", rtol=1e-3,
        otherwise="the optimizer was made with another value.",
    )  # fmt: skip
    before = [weight.numpy() for weight in base.weights]
    head_before = head[1].kernel.numpy()
    checks.true(
        isinstance(model.optimizer, keras.optimizers.Adam),
        f"The optimizer is {type(model.optimizer).__name__}.",
        "Adam was asked for.",
    )
    try:
        model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    except ValueError as error:
        checks.fail(
            f"Training on class numbers stopped: {str(error)[:80]} …",
            "the loss expects one-hot labels, and the labels are class numbers.",
        )
    moved = [
        weight.name
        for weight, old in zip(base.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    ]
    checks.true(
        not moved,
        f"After one epoch these weights of the base have changed: {', '.join(moved)}.",
        "the base is not frozen: nothing set `trainable = False` on it."
        if "kernel" in moved
        else "BatchNormalization still updates its statistics: it is not frozen.",
    )
    checks.true(
        not np.array_equal(head[1].kernel.numpy(), head_before),
        "After one epoch the last layer has not changed.",
        "the head was frozen together with the base.",
    )
    ### BEGIN HIDDEN TESTS
    other = small_base(64)
    model = build_classifier(other, keras.layers.Rescaling(1 / 255), 3)
    checks.equal(model.output_shape, (None, 3), "The output shape for 3 classes",
                 otherwise="the number of classes is fixed.")  # fmt: skip
    checks.equal(
        len(model.trainable_weights), 4, "The number of trainable arrays with another base",
        otherwise="something besides the two Dense layers is trained.",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## Fourth silent mistake: the same features, computed again and again
#
# The repaired model runs. How long would ten epochs take? Measure one on a few photos and
# extrapolate.

# %%
import time

model = build_classifier(backbone.model, backbone.preprocessing, classes=10)
model.fit(x_train[:32], y_train[:32], verbose=0)  # the first step is slow: it compiles the graph
start = time.perf_counter()
model.fit(x_train[:160], y_train[:160], batch_size=32, epochs=1)
seconds_per_photo = (time.perf_counter() - start) / 160
print(f"Ten epochs would take about {seconds_per_photo * len(x_train) * 10:.0f} seconds.")

# %% [markdown]
# Nearly all of that time goes into the base. But the base is frozen, and the photos are always the same:
# **in every epoch it computes exactly the same features.** So we compute them once, keep them, and train the
# head on them.
#
# Where to cut? Later in this lesson the last block of the base will be allowed to move a little. Everything before it
# stays frozen to the end. So we cut there: photos → **trunk** (frozen; computed once) → **tail** (the last
# block) → head.

# %%
# The layer in front of the last block: ResNet50's name for it, or the embedded MobileNetV2's.
LAST_LAYER_OF_TRUNK = {"ResNet50": "conv5_block2_out"}.get(backbone.name, "block_15_add")


def split_backbone(backbone):
    """Return the trunk, photos -> maps in front of the last block, and the tail, those -> features."""
    cut = backbone.model.get_layer(LAST_LAYER_OF_TRUNK).output
    photos = keras.Input((32, 32, 3))
    pixels = keras.layers.Resizing(backbone.input_size, backbone.input_size)(photos)
    to_cut = keras.Model(backbone.model.input, cut)
    trunk = keras.Model(photos, to_cut(backbone.preprocessing(pixels), training=False))
    tail = keras.Model(cut, backbone.model.output, name="tail")
    return trunk, tail


trunk, tail = split_backbone(backbone)
finetuning.freeze(trunk)
finetuning.freeze(tail)

# %% [markdown]
# `cached_features(trunk, photos)` is `trunk.predict(photos)` with a memory: the result is stored on disk under a key
# made from the trunk's weights and the photos. The second time you run this lesson, the next cell takes a
# moment only.

# %%
maps_train = feature_extraction.cached_features(trunk, x_train)
maps_validation = feature_extraction.cached_features(trunk, x_validation)
maps_train.shape

# %% [markdown]
# The tail and the pooling are quick; they turn the maps into one row of numbers for each photo.


# %%
def pooled_features(maps):
    """Return the features that the head of the listing sees: (N, channels)."""
    return tail.predict(maps, verbose=0).mean(axis=(1, 2))


f_train = pooled_features(maps_train)
f_validation = pooled_features(maps_validation)
f_train.shape

# %% [markdown]
# Training the head on these rows for ten epochs takes seconds. It is the same computation as before, as long as
# nothing random happens to the photos on the way; with data augmentation, every epoch sees other photos, and
# caching no longer works.

# %%
keras.utils.set_random_seed(0)
textbook = finetuning.textbook_head(f_train.shape[1], 10)
textbook.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
textbook_history = textbook.fit(
    f_train,
    y_train,
    epochs=10,
    batch_size=32,
    validation_data=(f_validation, y_validation),
)
plots.learning_curves(textbook_history)

# %% [markdown]
# The listing would print the last point of the solid line and stop. Look at both lines instead. The
# dashed one climbs towards 1: the head knows its training photos by heart. The solid one does not follow.

# %% [markdown]
# ## Fifth silent mistake: no baseline
#
# Is that number good? The question has no answer without a comparison. The
# simplest respectable classifier on these features is logistic regression: one linear layer, trained to
# the optimum, with a penalty on large weights (the stronger, the smaller `C` is). **Predict:** the head has an extra
# hidden layer of 1,024 units. By how many points will it win?

# %%
guess_win = predictions.guess("05", "head − baseline, points of 100", ..., low=-100, high=100)

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def logistic_regression():
    """Return the baseline: features brought to one scale, then one penalised linear layer."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))


baseline = logistic_regression().fit(f_train, y_train)
print(f"textbook head:        {textbook_history.history['val_accuracy'][-1]:.3f}")
print(f"logistic regression:  {baseline.score(f_validation, y_validation):.3f}")
print(f"numbers in them:      {textbook.count_params():,} and {baseline[-1].coef_.size + 10:,}")
of_head, of_baseline = (
    textbook_history.history["val_accuracy"][-1],
    baseline.score(f_validation, y_validation),
)
guess_win.came_out(100 * (of_head - of_baseline))

# %% [markdown]
# The small model is at least level with the large one. So the head does not lack capacity. What is wrong with it? Look
# at the *loss* (cross-entropy). Accuracy counts right answers; the loss also asks how sure the
# model was: an answer that is wrong and sure costs much more than one that is wrong and hesitant.

# %%
plots.learning_curves(textbook_history, "loss")

# %% [markdown]
# The training loss goes towards zero. The validation loss does not follow: it jumps about, and at the end it is many
# times as large. (In which epoch it is lowest differs from one training run to the next.) Put beside it what the
# baseline does, on the photos that both were trained on and on the others:


# %%
def describe(name, train_probabilities, validation_probabilities):
    """Print how often a model is right, how sure it is, and its loss."""
    rows = np.arange(len(y_validation))
    right = validation_probabilities.argmax(axis=1) == y_validation
    loss = -np.log(np.maximum(validation_probabilities[rows, y_validation], 1e-7)).mean()
    known = (train_probabilities.argmax(axis=1) == y_train).mean()
    print(
        f"{name:<20} training: right {known:.0%}   validation: right {right.mean():.0%}, "
        f"sure {validation_probabilities.max(axis=1).mean():.0%}, loss {loss:.2f}"
    )


describe(
    "textbook head", textbook.predict(f_train, verbose=0), textbook.predict(f_validation, verbose=0)
)
describe(
    "logistic regression", baseline.predict_proba(f_train), baseline.predict_proba(f_validation)
)

# %% [markdown]
# Both are right about nearly all the photos that they were trained on, so knowing those by heart is not what tells
# them apart. What does is how *sure* they are of others. The textbook head is much surer than it is right, and that
# costs it loss. Logistic regression is about as sure as it is right: it pays for large weights, and large weights
# are what makes a softmax sure. The head has no such brake.
#
# There are many brakes: fewer weights; a penalty on large weights (`kernel_regularizer`, or the optimizer
# `AdamW`); `Dropout`, which hides a random half of the features at every step; smaller steps, that is, a smaller
# learning rate. Try some. Their effect shows within seconds, because the features are cached, and that is the other half
# of what caching is good for.

# %% [markdown]
# ## What the silent mistakes cost
#
# Before you repair the head, measure the two mistakes that came before it. Here is the baseline on a part of the photos:
# as it should be, without preprocessing, and at 32 pixels. **Predict** the two lower numbers.

# %%
guess_unprepared = predictions.guess("05", "right without preprocessing", ..., low=0, high=1)
guess_small = predictions.guess("05", "right at 32 pixels", ..., low=0, high=1)

# %%
FEW = 300


def accuracy_of_features(base, preprocessing, size):
    """Return the baseline's validation accuracy on features made in this way, with few photos."""
    photos = keras.Input((32, 32, 3))
    pixels = preprocessing(keras.layers.Resizing(size, size)(photos))
    pooled = keras.layers.GlobalAveragePooling2D()(base(pixels, training=False))
    features = keras.Model(photos, pooled)
    known = feature_extraction.cached_features(features, x_train[:FEW])
    others = feature_extraction.cached_features(features, x_validation[:FEW])
    return logistic_regression().fit(known, y_train[:FEW]).score(others, y_validation[:FEW])


as_they_are = keras.layers.Rescaling(1.0)
baseline_few = logistic_regression().fit(f_train[:FEW], y_train[:FEW])
costs = {
    "as it should be": baseline_few.score(f_validation[:FEW], y_validation[:FEW]),
    "without preprocessing": accuracy_of_features(backbone.model, as_they_are, 96),
    "32 pixels": accuracy_of_features(embedded_32.model, embedded_32.preprocessing, 32),
}
guess_unprepared.came_out(costs["without preprocessing"])
guess_small.came_out(costs["32 pixels"])
costs

# %% [markdown]
# No error message in any of the three cases, and tens of points between them. (Chance would be 0.1.) This is why such
# mistakes are expensive: the result still looks like a model.

# %% [markdown]
# ### Exercise 3: a head with brakes
#
# Write a head that takes features of shape (N, `features`), gives `classes` probabilities, and is not much surer than it
# is right. Compile it (Adam or AdamW; class numbers as labels; the metric `"accuracy"`), but do not train it.
#
# The check trains it for 20 epochs on 600 photos only, where it is easy to become too sure, and then looks at 400 other
# photos: afterwards the loss must be below 0.9 there, and the accuracy above 0.68. With these photos the textbook
# head does not manage that; with others it may, narrowly. (The photos' features are computed when you run the check for the first time, which takes a few
# seconds.)

# %% [markdown] hints="braked_head"
# Repeat the experiment in a cell of your own: `fit` your head on the first 600 rows of `f_train` for 20
# epochs, with validation data, and draw `plots.learning_curves(history, "loss")`. If both lines are still
# high at the end, the head is too slow or held too tightly. If only the dashed one gets low, the brake is too
# weak.
#
# The brakes are listed in the paragraph above "What the silent mistakes cost". Begin with the listing's two
# Dense layers, and pull one brake at a time, hard enough to see a difference. More layers or units are more
# engine, not more brake. Smaller steps help, too, but with tiny ones the car has hardly left after 20 epochs.
#
# A shape that works: an Input of `features` numbers, Dropout, one hidden layer with about an eighth of the
# listing's 1,024 units, Dropout again, and a softmax over `classes`. Then compile it as the textbook head was
# compiled a few cells above. How much to drop is for the solid line to tell you.


# %% solution="braked_head"
def braked_head(features, classes):
    """Return a compiled head: features (N, features) -> probabilities (N, classes)."""
    ### BEGIN SOLUTION
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
    ### END SOLUTION


# %% checks="braked_head" points=3
import keras
import numpy as np

from course_lib import backbones, checks, data, feature_extraction


def embedded_features(images):
    """Features of the embedded backbone at 96 pixels, computed once and cached."""
    embedded = backbones.load("embedded", input_size=96)
    photo = keras.Input((32, 32, 3))
    x = embedded.preprocessing(keras.layers.Resizing(96, 96)(photo))
    x = keras.layers.GlobalAveragePooling2D()(embedded.model(x, training=False))
    return feature_extraction.cached_features(keras.Model(photo, x), images)


with checks.exercise("Exercise 3", lesson="05"):
    cifar10 = data.load_cifar10()
    few = data.take_per_class(cifar10.train, 60)
    unseen = data.take_per_class(cifar10.validation, 40)
    features, labels = embedded_features(few.images), few.labels
    others, other_labels = embedded_features(unseen.images), unseen.labels

    head = braked_head(features.shape[1], 10)
    checks.true(
        isinstance(head, keras.Model),
        f"braked_head gave a value of type {type(head).__name__}, not a Keras model.",
        "`return head` is missing.",
    )
    checks.true(head.compiled, "The head is not compiled.", "`head.compile(…)` is missing.")
    checks.equal(
        (head.input_shape, head.output_shape),
        ((None, 1280), (None, 10)),
        "braked_head(1280, 10): the pair of the shapes of input and output",
        otherwise="the Input layer is missing, or a size is fixed in the code.",
    )
    untrained = head.predict(others[:3], verbose=0)
    checks.close(
        untrained.sum(axis=1), np.ones(3), "The sums of the probabilities of three photos",
        otherwise="the last layer has no softmax.", rtol=1e-3,
    )  # fmt: skip
    try:
        head.fit(features, labels, epochs=20, batch_size=32, verbose=0)
    except ValueError as error:
        checks.fail(
            f"Training on class numbers stopped: {str(error)[:80]} …",
            "the loss expects one-hot labels, and the labels are class numbers.",
        )
    probabilities = head.predict(others, verbose=0).astype(np.float64)
    right = probabilities[np.arange(len(other_labels)), other_labels]
    loss = -np.log(np.maximum(right, 1e-7)).mean()
    accuracy = (probabilities.argmax(axis=1) == other_labels).mean()
    known = (head.predict(features, verbose=0).argmax(axis=1) == labels).mean()
    seen = (
        f"{known:.0%} right on the 600 photos; on others loss {loss:.2f}, accuracy {accuracy:.2f}"
    )
    checks.true(
        accuracy > 0.68,
        f"After 20 epochs: {seen}.",
        "the head has not learned enough: too strong a brake, or a learning rate that is too small."
        if known < 0.9
        else "it knows the 600 photos, and too little that holds for others.",
    )
    checks.true(
        loss < 0.9,
        f"After 20 epochs: {seen}.",
        "it is still too sure of itself where it is wrong: the brake is too weak."
        if known > 0.9
        else "it stopped early on its way: too strong a brake, or too small a learning rate.",
    )
    ### BEGIN HIDDEN TESTS
    small = braked_head(7, 3)
    checks.equal(
        (small.input_shape, small.output_shape), ((None, 7), (None, 3)),
        "braked_head(7, 3): the pair of the shapes of input and output",
        otherwise="the number of features or of classes is fixed in the code.",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# Now train your head on all training photos, as long as the textbook's.

# %%
keras.utils.set_random_seed(0)
braked = braked_head(f_train.shape[1], 10)
history = braked.fit(
    f_train,
    y_train,
    epochs=10,
    batch_size=32,
    validation_data=(f_validation, y_validation),
)
plots.learning_curves({"textbook": textbook_history, "with brakes": history}, "loss")

# %% [markdown]
# Compare the two solid lines. If your head uses Dropout, you may wonder why its dashed line (training) lies *above* the
# solid one: Dropout hides features during training and is switched off for validation, so the head is
# measured under harder conditions while it trains.

# %% [markdown]
# ## Unfreezing: θ′ = θ + Δθ
#
# So far θ has not moved. The next step of the method is to let a part of it move a little: *fine-tuning*. Three
# rules, each with a silent mistake behind it:
#
# 1. **A trained head first.** A random head sends large random gradients into the weights that we
#    paid for. We start from the head above.
# 2. **A small learning rate.** θ is good already; Δθ should be small.
# 3. **BatchNormalization stays frozen.** Its moving averages describe ImageNet, and they move with every batch that
#    passes while the layer is trainable.
#
# And one rule about Keras: once a model has been trained, what you freeze or unfreeze counts only after the
# next `compile`.
#
# Many texts say about the third rule that `training=False` in the call is enough. **Predict:** is it?

# %%
guess_enough = predictions.guess("05", "training=False is enough", ..., among=("yes", "no"))

# %%
photo = keras.Input((8, 8, 3))
normalization = keras.layers.BatchNormalization()
inner = keras.Model(photo, normalization(photo))
small_model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
outer = keras.Model(photo, small_model(inner(photo, training=False)))
outer.compile("sgd", "mse")
before = normalization.moving_mean.numpy()
outer.fit(np.ones((32, 8, 8, 3)), np.ones(32), verbose=0)
print("moving mean before:", before, " after:", normalization.moving_mean.numpy())
guess_enough.came_out("yes" if np.array_equal(before, normalization.moving_mean) else "no")

# %% [markdown]
# In the Keras that you are running, `fit` moved it all the same. `training=False` is right for using the model, and we
# keep writing it; but a BatchNormalization layer that must not move has to be frozen itself.

# %% [markdown]
# ### Exercise 4: unfreeze the last block
#
# `model` is a compiled and trained classifier that contains `base`, a frozen model with layers such as
# `base.get_layer("block_2_conv")`. Make the layers of `base` from the one called `first_layer` to the end
# trainable, except every BatchNormalization; keep all layers before it frozen; and make the model ready for
# training with Adam at `learning_rate`, for labels that are class numbers. Return the model.

# %% [markdown] hints="unfreeze"
# Look at what ends up open: after the call, print `layer.name` and `layer.trainable` for all of
# `base.layers`, and compare with the list that you would tick by hand. To try it,
# `copy = keras.models.clone_model(tail)` will do as `model` and `base` at once. Let `first_layer` name one
# from the middle.
#
# Order decides here. A value that you give to `base.trainable` is handed down to all its layers and wipes out
# what they had before; and none of it counts in training until the model has been compiled again. A layer
# tells you its `name`, and the listing of exercise 2 shows how to ask for its kind.
#
# A flag makes it short: `open_now = False` before a loop over `base.layers`; at the layer with the right name
# it turns `True` and stays so. In each round, one line sets `layer.trainable` from the flag and from the kind
# of layer. What belongs before the loop, and what after it?


# %% solution="unfreeze"
def unfreeze(model, base, first_layer, learning_rate):
    """Return `model`, ready to fine-tune `base` from the layer `first_layer` on."""
    ### BEGIN SOLUTION
    base.trainable = True
    open_now = False
    for layer in base.layers:
        open_now = open_now or layer.name == first_layer
        layer.trainable = open_now and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### END SOLUTION


# %% checks="unfreeze" points=4
import keras
import numpy as np

from course_lib import checks


def base_of_blocks(blocks=3):
    """A frozen base: blocks of convolution, BatchNormalization and ReLU."""
    x = image = keras.Input((16, 16, 3))
    for number in range(1, blocks + 1):
        x = keras.layers.Conv2D(4, 3, name=f"block_{number}_conv")(x)
        x = keras.layers.BatchNormalization(name=f"block_{number}_bn")(x)
        x = keras.layers.ReLU(name=f"block_{number}_relu")(x)
    base = keras.Model(image, x, name="base")
    base.trainable = False
    return base


def trained_classifier(base):
    """A classifier on `base` whose head has been trained for one epoch."""
    photo = keras.Input((16, 16, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(photo, training=False))
    model = keras.Model(photo, keras.layers.Dense(3, activation="softmax", name="head")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, labels, verbose=0)
    return model


def names_of_moved_weights(base, model):
    """Train one epoch and return which weights of `base` are not what they were."""
    owners = [(layer.name, weight) for layer in base.layers for weight in layer.weights]
    before = [weight.numpy() for _, weight in owners]
    try:
        model.fit(images, labels, verbose=0)
    except ValueError as error:
        checks.fail(
            f"Training after `unfreeze` stopped: {str(error)[:60]} …",
            "the optimizer does not know the newly opened weights: `compile` comes after unfreezing."
            if "variable" in str(error).lower()
            else "the loss expects one-hot labels, and the labels are class numbers.",
        )
    return [
        f"{name}/{weight.name}"
        for (name, weight), old in zip(owners, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    ]


with checks.exercise("Exercise 4", lesson="05"):
    keras.utils.set_random_seed(2)
    random = np.random.default_rng(2)
    images = random.random((64, 16, 16, 3)).astype("float32")
    labels = random.integers(0, 3, 64)
    base = base_of_blocks()
    model = unfreeze(trained_classifier(base), base, "block_2_conv", 0.001)
    checks.true(
        isinstance(model, keras.Model),
        f"unfreeze gave a value of type {type(model).__name__}, not a Keras model.",
        "`return model` is missing.",
    )
    head_before = model.get_layer("head").kernel.numpy()
    moved = names_of_moved_weights(base, model)
    statistics = [name for name in moved if "moving" in name]
    scales = [name for name in moved if "gamma" in name or "beta" in name]
    early = [name for name in moved if name.startswith("block_1")]
    late = [name for name in moved if name in ("block_2_conv/kernel", "block_3_conv/kernel")]
    checks.true(
        not early,
        f"From block_2_conv on was asked for, but one epoch also changed {', '.join(early)}.",
        "setting `base.trainable = True` opens every layer, also those closed before it; those before "
        "`first_layer` must end up closed.",
    )
    checks.true(
        bool(late) or bool(statistics + scales),
        "One epoch changed nothing in the base.",
        "no `compile` after unfreezing, or no layer was opened: is `first_layer`, a text, compared with names?",
    )
    checks.true(
        not statistics and not scales,
        f"One epoch changed {', '.join(statistics + scales)}.",
        "BatchNormalization layers are open. Either they were not excluded, or a later "
        "`base.trainable = True` opened them again.",
    )
    checks.true(
        len(late) == 2,
        f"Of the convolutions of blocks 2 and 3, only {', '.join(late) or 'none'} changed.",
        "only `first_layer` itself was opened, or the layers after it only.",
    )
    checks.true(
        not np.array_equal(model.get_layer("head").kernel.numpy(), head_before),
        "One epoch changed nothing in the head.",
        "the head was frozen together with the layers of the base.",
    )
    checks.close(
        model.optimizer.learning_rate, 0.001, "The learning rate", rtol=1e-4,
        otherwise="the argument `learning_rate` is not used.",
    )  # fmt: skip
    checks.true(
        isinstance(model.optimizer, keras.optimizers.Adam),
        f"The optimizer is {type(model.optimizer).__name__}.",
        "Adam was asked for.",
    )
    ### BEGIN HIDDEN TESTS
    base = base_of_blocks(4)
    model = unfreeze(trained_classifier(base), base, "block_4_conv", 0.0005)
    checks.equal(
        [name for name in names_of_moved_weights(base, model) if "kernel" in name],
        ["block_4_conv/kernel"],
        "The kernels that change with first_layer='block_4_conv'",
        otherwise="the position of the first layer is fixed in the code.",
    )
    checks.close(
        model.optimizer.learning_rate, 0.0005, "The learning rate asked for as 0.0005", rtol=1e-4,
        otherwise="the learning rate is fixed in the code.",
    )  # fmt: skip
    base = base_of_blocks(2)
    model = unfreeze(trained_classifier(base), base, "block_2_bn", 0.001)
    checks.equal(
        names_of_moved_weights(base, model), [], "What changes with first_layer='block_2_bn'",
        otherwise="the first layer is opened even when it is a BatchNormalization.",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# Does fine-tuning pay here? Now comes the comparison that most texts leave out. Fine-tuning means that the *head*, too, is trained for some
# epochs more. If the result is better, was it the tail, or only the longer training? So there has to be a
# **control**: the same head, trained for the same number of epochs, with the tail frozen.
#
# **Predict:** how much more accurate will the fine-tuned model be than the control?

# %%
guess_tuning = predictions.guess("05", "tuned − control, points of 100", ..., low=-100, high=100)

# %%
EXTRA_EPOCHS = 2


def copy_of(model):
    """Return a copy with the same weights, so that the original stays as it is."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


control = copy_of(braked)
control.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
keras.utils.set_random_seed(1)
control_history = control.fit(
    f_train,
    y_train,
    epochs=EXTRA_EPOCHS,
    batch_size=64,
    validation_data=(f_validation, y_validation),
)

# %% [markdown]
# With the tail frozen, the control's input is the features that we have already. The fine-tuned model takes the
# maps in front of the last block, and your `unfreeze` opens the tail from its first layer on.

# %%
maps = keras.Input(maps_train.shape[1:])
moving_tail = copy_of(tail)
moving_tail.trainable = False
pooled = keras.layers.GlobalAveragePooling2D()(moving_tail(maps, training=False))
finetuned = keras.Model(maps, copy_of(braked)(pooled))
first_layer = moving_tail.layers[1].name  # layer 0 is the input
unfreeze(finetuned, moving_tail, first_layer, learning_rate=0.0001)
keras.utils.set_random_seed(1)
finetuned_history = finetuned.fit(
    maps_train,
    y_train,
    epochs=EXTRA_EPOCHS,
    batch_size=64,
    validation_data=(maps_validation, y_validation),
)

# %%
last_of_tuned, last_of_control = (
    history.history["val_accuracy"][-1] for history in (finetuned_history, control_history)
)
guess_tuning.came_out(100 * (last_of_tuned - last_of_control))
plots.learning_curves({"control": control_history, "last block": finetuned_history})

# %% [markdown]
# Mind the axis: how far apart are the solid lines at their right ends? Whether that is more than chance, the paired
# interval below will say. Two epochs at this rate are a small Δθ; that more of it would not help is not
# shown here. Lesson 04 has tasks where Δθ pays. How small is it? Compare the weights of the tail with what they
# were:

# %%
for layer in tail.layers:
    if layer.weights:
        moved = moving_tail.get_layer(layer.name).get_weights()
        sizes = [
            np.linalg.norm(new - old) / np.linalg.norm(old)
            for new, old in zip(moved, layer.get_weights(), strict=True)
        ]
        print(f"{layer.name:<24} ‖Δθ‖ / ‖θ‖ = {', '.join(f'{size:.3f}' for size in sizes)}")

# %% [markdown]
# A few hundredths for the convolutions, and exactly zero for every array of a BatchNormalization: the three rules,
# seen in the weights.

# %% [markdown]
# ## Evaluation: the test part, opened once
#
# First the decision. These are the candidates on the validation part:

# %%
candidates = {
    "textbook head": (textbook, f_validation),
    "head with brakes": (braked, f_validation),
    "control (head trained on)": (control, f_validation),
    "last block fine-tuned": (finetuned, maps_validation),
}
print(f"{baseline.score(f_validation, y_validation):.3f}  logistic regression")
for name, (candidate, inputs) in candidates.items():
    guess = candidate.predict(inputs, verbose=0).argmax(axis=1)
    print(f"{(guess == y_validation).mean():.3f}  {name}")

# %% [markdown]
# Decide now which one you would ship. Once the envelope is open you may no longer change your mind; the others are
# opened with it for comparison only.

# %%
x_test, y_test = cifar.test.open_for("the final comparison of lesson 05")
maps_test = feature_extraction.cached_features(trunk, x_test)
f_test = pooled_features(maps_test)
guesses = {
    "textbook head": textbook.predict(f_test, verbose=0).argmax(axis=1),
    "logistic regression": baseline.predict(f_test),
    "head with brakes": braked.predict(f_test, verbose=0).argmax(axis=1),
    "control (head trained on)": control.predict(f_test, verbose=0).argmax(axis=1),
    "last block fine-tuned": finetuned.predict(maps_test, verbose=0).argmax(axis=1),
}

# %% [markdown]
# The listing would print five numbers now. But this test part is one draw of 1,000 photos; another thousand
# would have given other numbers. By how much? The **bootstrap** answers that with the data at hand: draw
# 1,000 photos *with replacement* from the 1,000, compute the accuracy, repeat 2,000 times, and take the
# range in which the middle 95 % lie.

# %%
reports = {
    name: evaluation.classification_report(y_test, guess, cifar.class_names)
    for name, guess in guesses.items()
}
plots.intervals(
    {name: (report.accuracy, report.accuracy_interval) for name, report in reports.items()},
    title="accuracy on the test part, with 95 % intervals",
)

# %% [markdown]
# Hold these numbers against those on the validation part. Two draws of 1,000 photos often differ by two points, and now
# and then by four, for no reason but chance. The intervals are about five points wide, and most of them overlap, if not
# all. Does that mean that nothing can be said? No: all candidates answered the *same* photos. A photo that everybody
# gets wrong lowers every accuracy alike, and says nothing about who is better. For a comparison one looks at the
# **difference on each photo** and resamples those. `evaluation.accuracy_difference_interval(labels, a, b)` does that, and returns
# `(low, high)` of *accuracy of a minus accuracy of b*.

# %% [markdown]
# ### Exercise 5: which one is better?
#
# Write the verdict that a comparison allows. `labels`, `a` and `b` are arrays of class numbers: the truth, and
# what two classifiers said about the same photos. Return `"a"` or `"b"` when the 95 % interval of the
# difference lies wholly on one side of zero, and `"undecided"` when it does not.

# %% [markdown] hints="verdict"
# Draw a number line, mark zero, and sketch three intervals of *a minus b*: one for "a is clearly better", one
# for "b is", one for "can't tell". At which end of the interval do you have to look in each case?
#
# The paragraph above the exercise names a function that has done the work already; unpack what it returns
# into `low` and `high`. The middle of that interval is roughly the plain difference of the two accuracies;
# its ends tell what chance can make of it. You need no margin of your own, only two comparisons with zero.


# %% solution="verdict"
def verdict(labels, a, b):
    """Return "a", "b" or "undecided"."""
    ### BEGIN SOLUTION
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    if low > 0:
        return "a"
    return "b" if high < 0 else "undecided"
    ### END SOLUTION


# %% checks="verdict" points=2
import numpy as np

from course_lib import checks


def answers(labels, wrong):
    """Return a copy of the labels in which the positions `wrong` hold another class."""
    guesses = labels.copy()
    guesses[wrong] = (guesses[wrong] + 1) % 10
    return guesses


with checks.exercise("Exercise 5", lesson="05"):
    labels = np.arange(400) % 10
    good = answers(labels, np.arange(0, 40))
    poor = answers(labels, np.arange(0, 120))
    checks.equal(
        verdict(labels, good, poor), "a", "verdict for 40 against 120 mistakes in 400",
        causes=[
            ("b", "the sign of the difference is turned round."),
            ("undecided", "the interval is not of the difference, or zero is looked for in the "
             "wrong place."),
        ],
        otherwise='one of the three texts "a", "b" and "undecided" is wanted.',
    )  # fmt: skip
    checks.equal(
        verdict(labels, poor, good), "b", "verdict for 120 against 40 mistakes in 400",
        causes=[
            ("undecided", "only one side of zero is looked at."),
            ("a", "the verdict does not depend on who is right: are both compared with `labels`?"),
        ],
    )  # fmt: skip
    checks.equal(
        verdict(labels, good, answers(labels, np.arange(37, 80))),
        "undecided",
        "verdict for 40 against 43 mistakes in 400, on different photos,",
        causes=[
            ("a", "the bare numbers are compared; three mistakes more or less decide nothing."),
            ("b", "that a is not surely ahead does not mean that b is."),
        ],
    )
    checks.equal(
        verdict(labels, good, answers(labels, np.arange(0, 56))),
        "a",
        "verdict for 40 mistakes against the same 40 and 16 more, in 400,",
        causes=[
            (
                "undecided",
                "two separate intervals are compared; the photos are the same, so the difference "
                "on each photo is what counts.",
            ),
        ],
        otherwise="does the verdict depend on the labels?",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    checks.equal(
        verdict(labels, good, good), "undecided", "verdict for two equal classifiers",
        otherwise="a difference of exactly zero decides nothing.",
    )  # fmt: skip
    checks.equal(
        verdict(labels[:20], answers(labels, [0, 1])[:20], answers(labels, [2, 3, 4, 5])[:20]), "undecided",
        "verdict for 2 against 4 mistakes in 20, on different photos,",
        otherwise="the same difference means less on fewer photos: a threshold for it can't be fixed.",
    )  # fmt: skip
    random = checks.fresh_random()
    many = random.integers(0, 10, 2000)
    order = random.permutation(2000)
    better, worse = answers(many, order[:200]), answers(many, order[:260])
    checks.equal(
        verdict(many, worse, better), "b", "verdict for 260 mistakes against 200 of the same, in 2,000,",
        otherwise="the same difference means more on more photos: a threshold for it can't be fixed.",
    )  # fmt: skip
    checks.equal(
        verdict(many, better, answers(many, order[180:390])), "undecided",
        "verdict for 200 against 210 mistakes in 2,000, on different photos,",
        otherwise="something of the cases above, such as the number of photos, is fixed in the code.",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %%
comparisons = [
    ("logistic regression", "textbook head"),
    ("head with brakes", "textbook head"),
    ("head with brakes", "logistic regression"),
    ("last block fine-tuned", "control (head trained on)"),
]
for first, second in comparisons:
    interval = evaluation.accuracy_difference_interval(y_test, guesses[first], guesses[second])
    names = {"a": first, "b": second, "undecided": "undecided"}
    print(
        f"{first} − {second}: {interval}  →  {names[verdict(y_test, guesses[first], guesses[second])]}"
    )

# %% [markdown]
# "Undecided" is a result, too: it says that in accuracy these 1,000 photos do not separate the two. But accuracy was not
# what the brakes were for. Compare the *loss* in the same way, photo by photo:

# %%
rows = np.arange(len(y_test))


def loss_of_each_photo(candidate):
    """Return -log of the probability that the candidate gave to the right class."""
    probabilities = candidate.predict(f_test, verbose=0)
    return -np.log(np.maximum(probabilities[rows, y_test], 1e-7))


gains = loss_of_each_photo(textbook) - loss_of_each_photo(braked)
picks = np.random.default_rng(0).integers(0, len(gains), (2000, len(gains)))
low, high = np.percentile(gains[picks].mean(axis=1), [2.5, 97.5])
print(f"loss of the textbook head − loss of the head with brakes: [{low:.2f}, {high:.2f}]")

# %% [markdown]
# When this interval lies above zero, the head with brakes has the smaller loss. Its number of mistakes need not be smaller
# for that: what counts here is that it is less sure of them. Which of the two matters depends on whether anybody uses
# the probabilities, for instance to send doubtful cases to a person.
#
# One caution: all these intervals are about the choice of *photos*. Another training *run*, with other random initial
# weights and another order of the photos, moves the numbers too; a claim about a method needs several runs.
#
# Finally, look at what a single number hides. Which classes are confused with which?

# %%
print(reports["head with brakes"])

# %%
plots.confusion_matrix(reports["head with brakes"], title="head with brakes, test part")

# %% [markdown]
# Look for the darkest fields beside the diagonal. Are they the confusions that you would make yourself at 32
# pixels? And which row is palest on the diagonal: is it a class that would matter in your task? Lesson 06 is
# about what to do then.

# %% [markdown]
# ### Exercise 6: in which order?
#
# A colleague has a pretrained base and the data of a new task, split into training, validation and test part. Her notes
# for fine-tuning are right, but in no order:
#
# - `"fit"`: train head and last block together, for a few epochs
# - `"open test"`: measure the accuracy on the test part
# - `"freeze norm"`: set `trainable = False` on the BatchNormalization layers of the last block
# - `"train head"`: train the head on the cached features
# - `"choose"`: decide between the fine-tuned model and its control
# - `"cache"`: compute the features that the frozen base gives for every photo
# - `"compile"`: compile with a small learning rate
# - `"unfreeze"`: set `trainable = True` on the last block as a whole
#
# Return the eight names as a list, in the only order in which each note can do what it is there for. Ask of every two:
# what would the one undo, miss or spoil if the other came first? The model that is fine-tuned in the end begins with the
# trained head, and nothing is frozen or unfrozen before the head has been trained.


# %% [markdown] hints="plan"
# Start at the ends. Which note needs nothing that another one makes? And which may only come when every decision has been
# taken? Six are left, and each of them has a neighbour that it cannot do without.
#
# Play Keras: go through your list and say after each step which layers would train now, and whether `fit` would know about
# it. Two facts from this lesson decide most pairs: what setting `trainable` on a part does to the layers inside it, and
# when Keras fixes what it will train.
#
# Three groups follow one another: what happens while the base is still closed; opening it and making ready; training and
# judging. Put each note into its group. Inside a group, ask what a step would undo, or find missing, if it came one place
# earlier.


# %% solution="plan" kind="judge"
def plan():
    """Return the names of the eight steps, the first one first."""
    ### BEGIN SOLUTION
    return [
        "cache",
        "train head",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "choose",
        "open test",
    ]
    ### END SOLUTION


# %% checks="plan" points=2
from course_lib import checks

with checks.exercise("Exercise 6", lesson="05"):
    checks.judged(
        plan(),
        checks.seal(
            [
                "cache",
                "train head",
                "unfreeze",
                "freeze norm",
                "compile",
                "fit",
                "choose",
                "open test",
            ],
            salt="05 plan",
            causes=[
                (
                    ["freeze norm", "unfreeze"],
                    "something is frozen that a later step opens again: `trainable` of a part reaches all layers inside.",
                ),
                (
                    ["compile", "freeze norm"],
                    "something is changed after Keras has fixed what it trains, and so has no effect.",
                ),
                (
                    ["compile", "unfreeze"],
                    "something is changed after Keras has fixed what it trains, and so has no effect.",
                ),
                (
                    ["fit", "compile"],
                    "something is trained that has not been made ready for it.",
                ),
                (
                    ["unfreeze", "train head"],
                    "paid-for weights are opened while random numbers stand behind them.",
                ),
                (["fit", "train head"], "paid-for weights move while random numbers stand behind them."),
                (["train head", "cache"], "a step comes before what it is computed from."),
                (["unfreeze", "cache"], "a step stores what a later one makes stale, or comes too late to save anything."),
                (["open test", "choose"], "a choice is made by somebody who has seen what it is judged by."),
                (["open test", "fit"], "a training is started by somebody who has seen what it is judged by."),
                (["choose", "fit"], "a choice is made between models of which one does not exist yet."),
            ],
        ),
        "plan()",
        otherwise="ask of every two neighbours what is lost when they change places.",
    )  # fmt: skip

# %% [markdown]
# ### Written question
#
# Double-click the next cell and answer below the question.

# %% [markdown] written="review" points=3
# **Question.** A colleague shows you the original listing, corrected so that it runs (`learning_rate` instead of
# `lr`), and its output: *Test accuracy: 0.81*. Name the three things that you would ask or change before you believe the
# number, the most important one first, and say for each what it may have done to the number, or to what the
# number means.
#
# ### BEGIN SOLUTION
# A good answer names three of these, with the effect: the test part served as validation, so
# whatever was tuned by looking at it makes the number too high; preprocessing is missing, which makes it too
# low; there is no interval, so it may lie a few points off in either direction; there is no baseline such as
# logistic regression on the same features, so nobody knows whether 0.81 is much; the pictures
# are too small for the network, which makes it too low; one run was made, and another seed may give another number.
# It gives a reason for the order.
# ### END SOLUTION

# %% [markdown]
# ## The six steps, and where they were
#
# | step | here |
# |---|---|
# | 1 collect general data | done by others: ImageNet, 1.28 million labelled photographs |
# | 2 choose a pretraining task | done by others: name one of 1,000 classes |
# | 3 pretrain | done by others; θ came as a file, together with its preprocessing |
# | 4 collect data of the task | CIFAR-10: 3,000 photos for training, 1,000 for validation, 1,000 sealed |
# | 5 fine-tune | a head on cached features; then the last block, θ′ = θ + Δθ, against a control |
# | 6 evaluate | once, with intervals, a baseline, paired differences and a confusion matrix |
#
# And the answers to the first question: `lr` is the line that fails. Without any error, the listing
#
# 1. leaves out the preprocessing;
# 2. validates on the test part;
# 3. feeds pictures at a size that the network was not made for;
# 4. computes the same features in every epoch;
# 5. has no baseline beside it, and so does not notice
# 6. that its head grows much surer than it is right;
# 7. reports one number without an interval.
#
# Freezing, which it is sometimes scolded for, is right: every layer of the base is frozen before the
# training starts, BatchNormalization included.

# %% [markdown]
# ## What you had expected
#
# Your guesses, beside what came out. The one that is farthest off deserves a minute of your time.

# %%
guess_line.came_out("compile")  # Adam(lr=…)
guess_mistakes.came_out(7)  # the list above
predictions.review("05")

# %% [markdown]
# ## Recap
#
# - Weights and preprocessing belong together; put both into the model.
# - What is frozen can be computed once. Cached features turn minutes per experiment into seconds.
# - Put a plain linear classifier beside every head, and a control beside every fine-tuning.
# - A validation loss that turns upwards means that the model grows sure of its mistakes.
# - Unfreeze late, little, slowly, never BatchNormalization; then compile.
# - The test part is opened once. Report an interval, and compare on the same photos.
#
# **Read next**: He, Zhang, Ren and Sun, *Deep Residual Learning for Image Recognition* (2016), for the network;
# Kornblith, Shlens and Le, *Do Better ImageNet Models Transfer Better?* (2019), for how far logistic
# regression on frozen features goes; Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), for the intervals; Kumar and others, *Fine-Tuning can Distort Pretrained Features and
# Underperform Out-of-Distribution* (2022), for why the head comes first.
