# %% [markdown]
# # 09 · Choosing a pretrained model
#
# **You will be able to**
#
# - measure what a model costs, in parameters, bytes, milliseconds and labels, so that the number means
#   something;
# - draw the Pareto front, and see at a glance which models nobody should choose;
# - rank models by a transferability score before any training, and check how far such a ranking can be
#   trusted;
# - tell a real difference between two models from chance;
# - turn budgets into a choice that you can defend, or into a clear "nothing fits".
#
# **You need** lessons 05 and 07: frozen features, logistic regression as the head, intervals, paired
# comparisons.
#
# **Time**: about {minutes} minutes of yours; under two minutes of a laptop with two cores and no GPU.

# %% [markdown]
# ## The question
#
# Dozens of pretrained networks are one line away. Which one do you take? Tables on the web rank them by their
# accuracy on ImageNet. But your task is not ImageNet, your machine is not theirs, and you may have twenty
# labelled photos of each class instead of a thousand. Four things decide:
#
# | | question | how to answer it |
# |---|---|---|
# | **performance** | how accurate is it *on my task*? | train a head, with an interval |
# | **complexity** | how large, how slow *on my machine*? | write the file, measure the time |
# | **data** | how many labels does it need? | a learning curve |
# | **task** | does what it has learnt suit my photos? | the first row again; or a score that guesses it |
#
# **Before you go on, predict:** of two networks, one is 71.9 % right on ImageNet and one 75.1 %. You use both
# on other photos, at another size. How sure are you that the second is the better one there: 50, 80 or
# 99 %? And by how many points, on the photos of this lesson? (That goes into the cell below the imports.)

# %% [markdown]
# ## Set-up

# %%
from course_lib import environment

environment.start()

# %%
import os
import tempfile
import time
import warnings

import keras
import numpy as np
import tensorflow as tf
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from course_lib import backbones, choosing, data, evaluation
from course_lib import feature_extraction, finetuning, plots, predictions

# NumPy's matrices are small here: two threads would wait for each other longer than they compute.
threadpool_limits(1, "blas")
keras.utils.set_random_seed(0)

# %%
guess_bet = predictions.guess("09", "second − first, points of 100", ..., low=-100, high=100)

# %% [markdown]
# The task is CIFAR-10 again (Krizhevsky 2009), ten kinds of things on small photos. Imagine that labels are
# dear: you have 50 photos of each class to train on, 1,000 to compare models with, and a sealed test part.

# %%
PER_CLASS = 50
cifar = data.load_cifar10()
x_train, y_train = data.take_per_class(cifar.train, PER_CLASS, seed=0)
x_validation, y_validation = cifar.validation
{"training": len(x_train), "validation": len(x_validation), "test": len(cifar.test)}

# %% [markdown]
# ## The candidates
#
# Two networks come with the course: **M**obileNetV2 (71.9 % top-1 on ImageNet, published by torchvision) and
# EfficientNet-**L**ite0 (75.1 %, published by Google). Each can be used in more than one way, and every way
# is a candidate of its own:
#
# - **input size**: the same weights, looking at the photo enlarged to 48, 96 or 128 pixels;
# - **depth**: the network cut off after an inner block, whose maps become the features. The last layers of a
#   network serve ImageNet's 1,000 classes; perhaps you don't need them;
# - **number format**: 8-bit integers in place of 32-bit floating-point numbers. That comes later.
#
# Here is how a candidate is made: enlarge, preprocess as these weights expect, run the network up to the cut,
# average over the positions.


# %%
def candidate(name, input_size, cut=None, weights="imagenet"):
    """Return a frozen model: photos (N, 32, 32, 3), 0 to 255 -> features (N, channels)."""
    backbone = backbones.load(name, input_size=input_size, weights=weights)
    network = backbone.model
    if cut:
        network = keras.Model(network.input, network.get_layer(cut).output)
    photo = keras.Input((32, 32, 3))
    pixels = backbone.preprocessing(keras.layers.Resizing(input_size, input_size)(photo))
    maps = network(pixels, training=False)
    model = keras.Model(photo, keras.layers.GlobalAveragePooling2D()(maps))
    finetuning.freeze(model)
    return model


M, L = "embedded", "EfficientNetLite0"
candidates = {
    "M 48": candidate(M, 48),
    "M 96 cut at 12": candidate(M, 96, cut="block_12_add"),
    "M 96 cut at 15": candidate(M, 96, cut="block_15_add"),
    "M 96": candidate(M, 96),
    "M 128": candidate(M, 128),
    "L 96 cut at 5": candidate(L, 96, cut="block5c_add"),
    "L 96 cut at 6": candidate(L, 96, cut="block6d_add"),
    "L 96": candidate(L, 96),
    "L 128": candidate(L, 128),
}
costs = {name: {} for name in candidates}  # filled below, one measurement after another
for name in (M, L):
    print(backbones.load(name).source)

# %% [markdown]
# ## Cost in bytes
#
# **Predict:** from `M 96` to `M 48`, the photo has a quarter of the pixels. By what factor does the number of
# parameters shrink? And which share of the parameters is saved by cutting `M 96` off at block 12 of 16?

# %%
guess_factor = predictions.guess("09", "parameters, M 96 / M 48", ..., low=0)
guess_saved = predictions.guess("09", "share saved by the cut", ..., low=0, high=1)


# %%
def megabytes(model):
    """Return the size of the file that Keras really writes, in millions of bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return os.path.getsize(path) / 1e6


print(f"{'':<16}{'parameters':>12}{'file':>11}{'features':>10}")
for name, model in candidates.items():
    costs[name] |= {"parameters": model.count_params() / 1e6, "mb": megabytes(model)}
    width, cost = model.output_shape[1], costs[name]
    print(f"{name:<16}{cost['parameters']:>10.2f} M{cost['mb']:>8.1f} MB{width:>10}")
millions = {name: costs[name]["parameters"] for name in candidates}
guess_factor.came_out(millions["M 96"] / millions["M 48"])
guess_saved.came_out(1 - millions["M 96 cut at 12"] / millions["M 96"])

# %% [markdown]
# The input size changes **nothing**: a convolution is the same small window at every position, however many
# positions there are. A cut changes a great deal, because in these networks the last layers hold most of the
# parameters. So parameters and file size say little about computing time. That has to be measured.

# %% [markdown]
# ## Cost in time
#
# Time is easily measured, and easily measured wrongly. Take the same network, the same photo, and three ways
# of calling it. **Predict:** how many times as long as the fastest does the slowest take?

# %%
guess_slowest = predictions.guess("09", "slowest / fastest way to call", ..., low=1)


# %%
def compiled(model):
    """Return the model as one compiled graph for batches of any size."""
    return tf.function(
        lambda photos: model(photos, training=False),
        input_signature=[tf.TensorSpec((None, 32, 32, 3), tf.float32)],
    )


def raw_timings(call, photos, calls):
    """Return the seconds that each of several successive calls took, the first ones included."""
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        np.asarray(call(photos))  # asking for the numbers makes sure that they are computed
        seconds.append(time.perf_counter() - start)
    return seconds


one_photo = x_validation[:1].astype("float32")
graph = compiled(candidates["M 96"])
ways = {
    "compiled graph": raw_timings(graph, one_photo, 12),
    "model(photo)": raw_timings(lambda p: candidates["M 96"](p, training=False), one_photo, 6),
    "model.predict": raw_timings(lambda p: candidates["M 96"].predict(p, verbose=0), one_photo, 6),
}
for name, seconds in ways.items():
    print(f"{name:<15}" + " ".join(f"{1000 * s:7.1f}" for s in seconds[:6]) + "  ms")
typical = [float(np.median(seconds[1:])) for seconds in ways.values()]  # without the first call
guess_slowest.came_out(max(typical) / min(typical))

# %% [markdown]
# Look at the first column, then at the others. The first call of a graph builds it, which happens once;
# whoever includes it in a mean reports the building. And the three rows differ although the network is the
# same: for one small photo, the other two ways spend most of the time on everything around the network. A
# latency without "how called, on which machine, in batches of how many" is no number at all.
#
# There is one more trap: other programs. They can only make a call *slower*, sometimes a lot, so a mean is
# pulled upwards by accidents. The median is not, and the middle half of the calls shows how much they
# scatter.

# %% [markdown]
# ### Exercise 1: a latency that can be quoted
#
# `seconds` holds the durations of successive calls, in the order in which they were made; each call handled
# `batch` photos. Leave out the first `warm_up` calls. Return `(median, low, high)` in **milliseconds per
# photo**, where `low` and `high` are the 25th and the 75th percentile, as `np.percentile` gives them.

# %% [markdown] hints="latency"
# Take six calls that you can do in your head: `latency([9, 8, 7, 0.004, 0.002, 0.006])`. Which ones are left
# after the warm-up, what is their median, and in which unit? Compare with your three numbers one by one: is
# it the selection, the unit or the order?
#
# The first calls are told by their place, not by their size, and a slice skips them without touching the list
# that you were given. From there two factors remain: seconds to milliseconds, batch to photo. The median is a
# percentile, too, so `np.percentile` can give all three at once, in the order in which you ask.


# %% solution="latency"
def latency(seconds, warm_up=3, batch=1):
    """Return (median, 25th percentile, 75th percentile) in milliseconds per photo."""
    ### BEGIN SOLUTION
    per_photo = 1000 * np.asarray(seconds)[warm_up:] / batch
    low, median, high = np.percentile(per_photo, [25, 50, 75])
    return median, low, high
    ### END SOLUTION


# %% checks="latency" points=2
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 1", lesson="09"):
    seconds = [0.9, 0.05, 0.009, 0.010, 0.012, 0.011, 0.030, 0.013]
    given = seconds.copy()
    checks.close(
        latency(given, warm_up=3, batch=1),
        [12.0, 11.0, 13.0],
        "latency([0.9, 0.05, 0.009, 0.010, 0.012, 0.011, 0.030, 0.013], warm_up=3, batch=1)",
        causes=[
            ([0.012, 0.011, 0.013], "these are seconds; milliseconds are wanted."),
            ([11.0, 12.0, 13.0], "the order: first the median, then the low and the high percentile."),
            ([12.5, 10.75, 35.0], "the warm-up calls are still in it."),
            ([15.2, 11.0, 13.0], "this is the mean: one call that was disturbed pulls it upwards."),
            ([12.0, 10.0, 30.0], "fastest and slowest in place of the 25th and 75th percentile."),
            ([11.0, 10.0, 12.0], "the slowest calls were left out, not the first ones."),
            ([12.0, 10.0, 50.0], "the last calls were left out, not the first ones."),
            ([12.0, 10.5, 21.5], "there are several ways to cut a few numbers into quarters, and this is "
             "another one than `np.percentile` takes."),
            (12.0, "only the median was returned."),
        ],
        otherwise="leave out the first three calls, then take the percentiles 50, 25 and 75.",
    )  # fmt: skip
    checks.unchanged(seconds, given, "The argument `seconds`")
    checks.close(
        latency([5.0, 0.32, 0.64, 0.96], warm_up=1, batch=32),
        [20.0, 15.0, 25.0],
        "latency([5.0, 0.32, 0.64, 0.96], warm_up=1, batch=32)",
        causes=[
            ([640.0, 480.0, 800.0], "this is the time of a whole batch, not of one photo."),
            ([30.0, 30.0, 30.0], "`warm_up` is not used: three calls were left out."),
            (
                [20.0, 10.0, 30.0],
                "the percentiles lie between the calls here, and no call is taken for "
                "them: that is how `np.percentile` does it.",
            ),
        ],
        otherwise="does your code use `warm_up` and `batch` as they are given?",
    )
    ### BEGIN HIDDEN TESTS
    checks.close(
        latency([1.0, 0.2, 0.4], warm_up=1, batch=2),
        [150.0, 125.0, 175.0],
        "latency([1.0, 0.2, 0.4], warm_up=1, batch=2)",
        otherwise="it is right for the calls above; is something fixed in your code?",
    )
    checks.close(
        latency([0.9, 0.8, 0.7, 0.004, 0.002]),
        [3.0, 2.5, 3.5],
        "latency([0.9, 0.8, 0.7, 0.004, 0.002]), without `warm_up` and `batch`,",
        otherwise="the first line of the function says what they are when nobody says anything: "
        "`warm_up=3, batch=1`. Was it changed?",
    )
    random = checks.fresh_random()
    times = random.gamma(2.0, 0.01, 40)
    for skipped, size in ((0, 1), (7, 16)):
        kept = np.sort(times[skipped:]) * 1000 / size
        checks.close(
            latency(times.tolist(), warm_up=skipped, batch=size),
            [np.median(kept), np.quantile(kept, 0.25), np.quantile(kept, 0.75)],
            f"latency of {40 - skipped} random timings in batches of {size}",
            otherwise="it is right for a few timings; is a number fixed in the code?",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# Now all candidates, as compiled graphs: one photo at a time, which is what somebody who waits for the answer
# feels, and in batches of 32, which is what a night's work through an archive costs. **Predict:** does `M 96`
# need four times as long as `M 48`?

# %%
guess_single = predictions.guess("09", "time M 96 / M 48, one at a time", ..., low=0)
guess_batch = predictions.guess("09", "time M 96 / M 48, batches of 32", ..., low=0)

# %%
batch = x_validation[:32].astype("float32")
for name, model in candidates.items():
    graph = compiled(model)
    costs[name]["ms"] = latency(raw_timings(graph, one_photo, 23))
    costs[name]["ms in batches"] = latency(raw_timings(graph, batch, 7), warm_up=2, batch=32)
print(f"{'ms per photo':<16}{'one at a time':>22}{'batches of 32':>24}")
for name in candidates:
    cells = [
        f"{median:6.2f}  [{low:5.2f}, {high:5.2f}]"
        for median, low, high in (costs[name]["ms"], costs[name]["ms in batches"])
    ]
    print(f"{name:<16}{cells[0]:>24}{cells[1]:>24}")
for its_guess, how in ((guess_single, "ms"), (guess_batch, "ms in batches")):
    its_guess.came_out(costs["M 96"][how][0] / costs["M 48"][how][0])

# %% [markdown]
# One at a time, the size of the photo matters little: every layer has a fixed cost, and there are many
# layers. In batches that cost is shared by 32 photos, and the pixels come to count. So **the ranking by
# latency depends on how the model will be used**: compare the two columns for `M 48` and `M 96 cut at 12`. If
# the brackets are wide, something else was running on your machine; then close it and run the cell again.

# %% [markdown]
# ## Integers instead of floating-point numbers
#
# A file with 8-bit integers has a quarter of the size, and integers are quick to multiply. Keras has a method
# for that, so try it on a classifier. **Predict:** how much smaller will the file be?

# %%
guess_file = predictions.guess("09", "file after / before", ..., low=0, high=1)

# %%
backbone = backbones.load(M, input_size=96)
pooled = keras.layers.GlobalAveragePooling2D()(backbone.model.output)
classifier = keras.Model(backbone.model.input, keras.layers.Dense(10)(pooled))
before = megabytes(classifier)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    classifier.quantize("int8")
changed = [layer.name for layer in classifier.layers if "int8" in layer.dtype_policy.name]
print(
    f"file: {before:.2f} MB before, {megabytes(classifier):.2f} MB after; layers changed: {changed}"
)
guess_file.came_out(megabytes(classifier) / before)
for message in sorted({str(each.message) for each in said if each.category is UserWarning}):
    print(message)

# %% [markdown]
# Next to nothing. Keras' `quantize` converts dense layers (and embeddings); what it passes over, it names in
# a warning, and in a network made of convolutions that is nearly everything. **A method's name is no
# measurement:** look at the file.
#
# Half precision costs nothing here: the weights lie in the course's files as 16-bit numbers already, and all
# results of this course come from those. For 8 bits we go through TensorFlow Lite, a format and a small
# runtime for phones. It needs some photos to see which range of values each layer has, and these come from
# the training part.


# %%
def lite_file(model, integers):
    """Return the model as a TensorFlow Lite file (bytes), with 8-bit integers inside if asked."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if integers:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [photo[None].astype("float32")] for photo in x_train[:100]
        )
    with choosing.quietly():  # the converter prints hundreds of lines
        return converter.convert()


lite = {}
for name, (source, integers) in {
    "M 96 lite": ("M 96", False),
    "M 96 int8": ("M 96", True),
    "L 96 int8": ("L 96", True),
}.items():
    content = lite_file(candidates[source], integers)
    lite[name] = choosing.LiteModel(content)
    costs[name] = {
        "parameters": costs[source]["parameters"],
        "mb": len(content) / 1e6,
        "ms": latency(raw_timings(lite[name], one_photo, 43)),
    }
for name in ("M 96", *lite):
    median, low, high = costs[name]["ms"]
    print(f"{name:<12}{costs[name]['mb']:6.1f} MB {median:7.2f} ms  [{low:.2f}, {high:.2f}]")

# %% [markdown]
# Go down the list step by step; each step changes one thing. From `M 96` to `M 96 lite` the numbers stay the
# same 32-bit ones: **only the runtime** is another, with little around the network, and on one core. From
# there to `M 96 int8` only the **integers** are new. Had we compared the first row with the third, we would
# have praised the integers for what the runtime did. When you read "quantised, ten times faster", ask which
# of the two was changed.
#
# What it costs in accuracy is still open. That is the next question for all of them.

# %% [markdown]
# ## The features
#
# Every candidate looks at all photos, once. The cuts of one network share a pass: what comes out at block 12
# has been computed on the way to the end anyhow. (The features are kept on your disk.) One more joins as a
# **control**: `untrained`, MobileNetV2 with random weights. Whatever it reaches is not owed to pretraining.


# %%
def features_at_several_depths(name, input_size, cuts):
    """Return one model: photos -> the features of all cuts and of the end, side by side."""
    backbone = backbones.load(name, input_size=input_size)
    ends = [backbone.model.get_layer(cut).output for cut in cuts] + [backbone.model.output]
    photo = keras.Input((32, 32, 3))
    pixels = backbone.preprocessing(keras.layers.Resizing(input_size, input_size)(photo))
    maps = keras.Model(backbone.model.input, ends)(pixels, training=False)
    pooled = [keras.layers.GlobalAveragePooling2D()(each) for each in maps]
    model = keras.Model(photo, keras.layers.Concatenate()(pooled))
    finetuning.freeze(model)
    return model


def both_parts(model):
    """Return the features of the training and of the validation photos."""
    return [
        feature_extraction.cached_features(model, photos, progress=False)
        for photos in (x_train, x_validation)
    ]


features = {name: both_parts(candidates[name]) for name in ("M 48", "M 128", "L 128")}
shared_passes = {
    (M, "block_12_add", "block_15_add"): ("M 96 cut at 12", "M 96 cut at 15", "M 96"),
    (L, "block5c_add", "block6d_add"): ("L 96 cut at 5", "L 96 cut at 6", "L 96"),
}
for (network, *cuts), together_in in shared_passes.items():
    together = both_parts(features_at_several_depths(network, 96, cuts))
    start = 0
    for name in together_in:
        width = candidates[name].output_shape[1]
        features[name] = [part[:, start : start + width] for part in together]
        start += width
for name in ("M 96 int8", "L 96 int8"):
    features[name] = [lite[name](x_train), lite[name](x_validation)]
untrained = both_parts(candidate(M, 48, weights=None))
print(f"{len(features)} candidates and the control, {len(x_train) + len(x_validation)} photos each")

# %% [markdown]
# (`M 96 lite` is left out from here on: it computes the same numbers as `M 96`.)
#
# ## Guess the ranking before any training
#
# With frozen features and a small head, training takes seconds. But often training means hours of
# fine-tuning, for every candidate, and there are dozens. A **transferability score** looks at features and
# labels only, trains nothing, and claims to know which candidate will do well. We take two and hold them to
# their word.
#
# **The first one: ask the neighbours.** If photos of a class lie together in feature space, a head has an
# easy task. So take each photo, find the `k` photos whose features are most similar, and let them vote on its
# class, without using its own label. The share of right votes is the score. Similarity is measured by the
# **cosine**: the dot product of the two rows after each has been divided by its length.

# %% [markdown]
# ### Exercise 2: the vote of the neighbours
#
# Return the share of photos whose class their `k` nearest neighbours (largest cosine) get right by majority
# vote. A photo is not a neighbour of itself: that is called *leave-one-out*. `features` has shape (N, D),
# `labels` holds N class numbers. (How ties between classes are broken is left to you.)

# %% [markdown] hints="knn_accuracy"
# Print the table of cosines for the first four photos. It must be symmetric, with 1 all along the diagonal
# and nothing beyond ±1. If it isn't, the rows don't have length 1 yet. And why is the diagonal dangerous when
# you look for the largest number in each row?
#
# With rows of length 1, a single matrix product gives every cosine. Keep each photo out of its own election
# by putting a value in its place that can never win. `np.argsort` sorts upwards, so mind the end from which
# you take `k`. And `np.bincount` counts how often each class number occurs.
#
# After `cosines = rows @ rows.T` and after taking care of the diagonal, sort each row and keep the positions
# of the `k` nearest: a table of shape (N, k). Look up their labels, let each line elect one class, and only
# then compare with `labels`. How do you get `rows`, and how do you count an election?


# %% solution="knn_accuracy"
def knn_accuracy(features, labels, k):
    """Return the leave-one-out accuracy of k nearest neighbours by cosine, 0 to 1."""
    ### BEGIN SOLUTION
    features, labels = np.asarray(features, dtype=float), np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    nearest = np.argsort(-cosines, axis=1)[:, :k]
    votes = [np.bincount(labels[neighbours]).argmax() for neighbours in nearest]
    return float(np.mean(votes == labels))
    ### END SOLUTION


# %% checks="knn_accuracy" points=3
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 2", lesson="09"), np.errstate(divide="ignore", invalid="ignore"):
    angles = np.radians([1, 8, 37, 62, 64, 68, 73, 79])
    lengths = np.array([0.2, 1.0, 0.2, 2.0, 0.5, 4.0, 4.0, 0.5])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths[:, None]
    classes = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    checks.close(
        knn_accuracy(points, classes, 1),
        0.875,
        "knn_accuracy of eight points in two classes, k = 1,",
        causes=[
            (1.0, "every photo is its own nearest neighbour; it has to be left out."),
            (0.75, "these are the nearest by Euclidean distance: a long row is not farther away."),
            (0.375, "the lengths of the rows still count: divide each row by its own length."),
            (0.25, "the farthest photos vote: a large cosine means near."),
            (0.125, "this is the share of wrong votes."),
            (7, "the right votes were counted; the share of them is wanted."),
        ],
        otherwise="are the neighbours found by the cosine, each photo itself left out?",
    )
    checks.close(
        knn_accuracy(points, classes, 3),
        0.625,
        "knn_accuracy of the same points, k = 3,",
        causes=[
            (1.0, "a photo votes on itself."),
            (0.875, "only one or two neighbours vote; besides the photo itself there have to be `k`."),
            (2 / 3, "this is the share of neighbours of the right class. Each photo has one vote in "
             "the end: that of the majority of its neighbours."),
        ],
        otherwise="with three neighbours, does the majority decide, with the photo itself left out?",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    checks.close(
        knn_accuracy(
            np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]), np.array([0, 0, 1, 0]), 1
        ),
        0.5,
        "knn_accuracy of two pairs of points, in the second of which the classes differ, k = 1,",
        otherwise="it is right for the eight points; is something fixed in your code?",
    )
    random = checks.fresh_random()
    names = random.integers(0, 2, 60)
    cloud = random.normal(size=(60, 5)) * random.gamma(1.0, size=(60, 1)) + names[:, None] * 0.4
    for k in (1, 5):
        judge = KNeighborsClassifier(k, metric="cosine", algorithm="brute")
        checks.close(
            knn_accuracy(cloud, names, k),
            cross_val_score(judge, cloud, names, cv=LeaveOneOut()).mean(),
            f"knn_accuracy of 60 random points, k = {k},",
            otherwise="it is right for a few points; is something fixed, such as k?",
        )
    three = np.repeat([0, 1, 2], 6)
    corners = np.eye(3)[three] + random.normal(size=(18, 3)) * 0.01
    three[:2] = 2
    checks.close(
        knn_accuracy(corners, three, 5),
        16 / 18,
        "knn_accuracy of three clear groups of six, two of the first one labelled as the third, k = 5,",
        causes=[(12 / 18, "the mean of the neighbours' class numbers is no vote of the majority.")],
        otherwise="one possibility is that there are only two classes for your code.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# **The second one: LogME** (You, Liu, Wang and Long 2021) asks as a statistician. Explain the column y, which
# is 1 for the photos of one class and 0 for the others, as a weighted sum of the features plus noise:
#
# $$y = F w + \varepsilon, \qquad w_i \sim \mathcal{N}(0, 1/\alpha), \qquad \varepsilon_j \sim \mathcal{N}(0, 1/\beta)$$
#
# Fitting one w well is easy with 1,280 features and 500 photos, too easy. So LogME fits none. It averages
# over **all** w, and asks how probable the labels then are: the *evidence* p(y | F, α, β). Features among
# which only a few special w explain the labels score low, even if those fit perfectly. α and β are set to the
# values that make the evidence largest; the logarithm of it, divided by the number of photos and averaged
# over the classes, is the score. Its height means nothing in itself; compare it only between candidates, on
# the same labels. `choosing.log_me` computes it. A first test: real labels against shuffled ones.

# %%
shuffled = np.random.default_rng(0).permutation(y_train)
print(f"M 96, real labels:     {choosing.log_me(features['M 96'][0], y_train):.3f}")
print(f"M 96, shuffled labels: {choosing.log_me(features['M 96'][0], shuffled):.3f}")
print(f"untrained network:     {choosing.log_me(untrained[0], y_train):.3f}")

# %% [markdown]
# Real labels score higher than shuffled ones, as they should. And see which of the two the untrained network
# is nearer to: its features hardly know the classes. Now score all candidates, once with all 500 labels and
# once with only 100 of them, ten of each class: a score is most useful when it needs little.

# %%
few = np.concatenate([np.flatnonzero(y_train == label)[:10] for label in range(10)])
scores = {
    "k-NN, 500 labels": {},
    "LogME, 500 labels": {},
    "k-NN, 100 labels": {},
    "LogME, 100 labels": {},
}
start = time.perf_counter()
for name, (f_train, _) in features.items():
    scores["k-NN, 500 labels"][name] = knn_accuracy(f_train, y_train, 5)
    scores["LogME, 500 labels"][name] = choosing.log_me(f_train, y_train)
    scores["k-NN, 100 labels"][name] = knn_accuracy(f_train[few], y_train[few], 5)
    scores["LogME, 100 labels"][name] = choosing.log_me(f_train[few], y_train[few])
seconds_for_scores = time.perf_counter() - start
for title, values in scores.items():
    print(f"{title:<18}", " > ".join(sorted(values, key=values.get, reverse=True)[:5]), "> …")

# %% [markdown]
# The scores agree on much, but not on everything. Which five names do *you* expect at the top, in which
# order? Enter the first; the outcome follows.

# %%
guess_top = predictions.guess("09", "most accurate candidate", ..., among=features)
guess_accuracy = predictions.guess("09", "its accuracy", ..., low=0, high=1)

# %% [markdown]
# ## The outcome
#
# Logistic regression on the features, trained on the 500 labels, judged on the 1,000 validation photos.


# %%
def head():
    """Return an untrained head."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))


start = time.perf_counter()
heads, right = {}, {}
for name, (f_train, f_validation) in features.items():
    heads[name] = head().fit(f_train, y_train)
    right[name] = heads[name].predict(f_validation) == y_validation
seconds_for_heads = time.perf_counter() - start
control = head().fit(untrained[0], y_train).predict(untrained[1]) == y_validation
accuracy = {name: float(hits.mean()) for name, hits in right.items()}
intervals = {name: evaluation.mean_interval(hits) for name, hits in right.items()}
ranking = sorted(accuracy, key=accuracy.get, reverse=True)
rows = {name: (accuracy[name], intervals[name]) for name in ranking}
rows["control: untrained"] = float(control.mean()), evaluation.mean_interval(control)
guess_top.came_out(ranking[0])
guess_accuracy.came_out(accuracy[ranking[0]])
plots.intervals(
    rows,
    guesses={ranking[0]: guess_accuracy.value},
    title="accuracy on the validation part, with 95 % intervals",
)

# %% [markdown]
# Compare three pairs in the picture. `M 96` and `M 48` are the same weights: the input size alone makes the
# gap. `L 96 cut at 6` is a *part* of `L 96`: see whether the part does any worse than the whole. And `M 96`
# against `L 96` is the question from the beginning, on which you have bet. The differences on the same
# photos, with their intervals:

# %%
for first, second in (
    ("M 96", "M 48"),
    ("L 96", "L 96 cut at 6"),
    ("L 96", "M 96"),
    ("L 128", "M 128"),
    ("M 96", "M 96 int8"),
    ("L 96", "L 96 int8"),
):
    gain = right[first].astype(float) - right[second]
    low, high = evaluation.mean_interval(gain)
    verdict = first if low > 0 else second if high < 0 else "undecided"
    print(f"{first:>6} − {second:<14} {gain.mean():+.3f}  [{low:+.3f}, {high:+.3f}]  →  {verdict}")
    if (first, second) == ("L 96", "M 96"):
        guess_bet.came_out(100 * gain.mean())

# %% [markdown]
# Three points on ImageNet (71.9 against 75.1 %) carry over to this task only if the two rows in the middle
# say so. Where they say "undecided", the table on the web has told you nothing that you could see on a
# thousand photos of your own. The last two rows are the price of the integers, if there is one; it need not be
# the same for two networks.
#
# And how well was it all foreseen? **Kendall's τ** compares two rankings: of all pairs of candidates, the
# share that both put in the same order minus the share that they put in opposite order. 1 is the same
# ranking, 0 is chance. For comparison we let simpler things predict as well: the parameters, the latency, the
# accuracy that is published for the network's ImageNet weights, and five-fold cross-validation of the head
# itself on the same 100 labels.


# %%
def tau(prediction, picks=slice(None)):
    """Return Kendall's τ between a prediction and the accuracies, for some of the candidates."""
    guessed = np.array([prediction[name] for name in ranking])[picks]
    measured = np.array([accuracy[name] for name in ranking])[picks]
    return stats.kendalltau(guessed, measured).statistic


random = np.random.default_rng(0)
draws = [random.integers(0, len(ranking), len(ranking)) for _ in range(400)]


def middle(values):
    """Return the interval that holds the middle 95 % of the values."""
    return evaluation.Interval(*np.nanpercentile(values, [2.5, 97.5]))


predictors = dict(scores)
predictors["training, 100 labels"] = {
    name: cross_val_score(head(), f_train[few], y_train[few], cv=5).mean()
    for name, (f_train, _) in features.items()
}
predictors["published ImageNet"] = {n: 0.719 if n[0] == "M" else 0.751 for n in features}
predictors["parameters"] = {n: costs[n]["parameters"] for n in features}
predictors["latency"] = {n: costs[n]["ms"][0] for n in features}
tau_drawn = {
    title: np.array([tau(prediction, picks) for picks in draws])
    for title, prediction in predictors.items()
}
plots.intervals(
    {title: (tau(predictors[title]), middle(drawn)) for title, drawn in tau_drawn.items()},
    xlabel="Kendall's τ with the accuracy after training",
)

# %% [markdown]
# The bars show how τ moves when the eleven candidates are drawn anew, with replacement. They are long and
# overlap. But again all predictors were asked about the same candidates, so the differences on the same draws
# are what counts:

# %%
for first, second in (
    ("k-NN, 500 labels", "published ImageNet"),
    ("k-NN, 500 labels", "parameters"),
    ("k-NN, 500 labels", "latency"),
    ("k-NN, 500 labels", "LogME, 500 labels"),
    ("training, 100 labels", "k-NN, 100 labels"),
):
    low, high = middle(tau_drawn[first] - tau_drawn[second])
    verdict = first if low > 0 else second if high < 0 else "undecided"
    print(f"{first:>20} − {second:<18} [{low:+.2f}, {high:+.2f}]  →  {verdict}")
print(f"seconds for all scores: {seconds_for_scores:.1f}, for all heads: {seconds_for_heads:.1f}")

# %% [markdown]
# What does this show, and what not?
#
# - The scores that look at the photos and labels of *this* task follow the outcome. What is known about a
#   network in general (its accuracy elsewhere, its size) stands lower in the picture than the scores from all
#   500 labels; where the latency stands depends on your machine, too. Which of these differences are more than
#   chance, the lines above say. Eleven candidates, all relatives, cut and resized from only two networks,
#   cannot settle more.
# - Which of the two scores is better, these data don't say at all, if the line about them says "undecided".
# - Most of τ comes from pairs that anybody could have sorted. At the top, where the choice is made, the
#   scores may well be wrong: compare their first names with the picture above.
# - Look at the seconds in the last line. With frozen features, *training the head is not dearer than guessing
#   about it*. A score pays when training is dear: fine-tuning, big data, a hundred candidates. Then use it to
#   throw out the lower half, not to crown the winner.

# %%
plots.pareto(
    {name: (scores["LogME, 500 labels"][name], accuracy[name]) for name in features},
    xlabel="LogME, 500 labels",
    title="guessed and measured",
)

# %% [markdown]
# ## The Pareto front: what nobody should choose
#
# Which candidate is best depends on what you pay for accuracy. But some are out for everybody: those for
# which there is another that is at least as cheap **and** at least as accurate, and better in one of the two.
# They are *dominated*. What is left is the **Pareto front**.

# %% [markdown]
# ### Exercise 3: the front
#
# `costs` and `qualities` belong to the same candidates; low costs and high qualities are good. Return the
# positions of the candidates that are not dominated, in ascending order, as a list. Two candidates that are
# equal in both don't dominate each other.

# %% [markdown] hints="pareto_front"
# Draw five candidates as dots, cost to the right and quality upwards, and pick one of them. In which corner,
# seen from it, must another dot lie to throw it out? What about dots exactly on the edges of that corner, or
# on the very same spot? Now let your code answer for the same five.
#
# To dominate takes two things at once: no worse in either respect, and really better in at least one. Each
# becomes a comparison, `<=` and `>=` for the one, `<` and `>` for the other. Ask them of *all* the others,
# not only of a neighbour. If a candidate dominates its own twin, half of the condition is missing.
#
# With arrays, `as_good = (costs <= costs[i]) & (qualities >= qualities[i])` marks all those that are no worse
# than candidate `i`, itself included. Write a second mask in the same style for "better in at least one of
# the two". Which combination of the masks throws `i` out?


# %% solution="pareto_front"
def pareto_front(costs, qualities):
    """Return the positions of the candidates that no other one dominates, ascending."""
    ### BEGIN SOLUTION
    costs, qualities = np.asarray(costs), np.asarray(qualities)
    front = []
    for i in range(len(costs)):
        as_good = (costs <= costs[i]) & (qualities >= qualities[i])
        better = (costs < costs[i]) | (qualities > qualities[i])
        if not np.any(as_good & better):
            front.append(i)
    return front
    ### END SOLUTION


# %% checks="pareto_front" points=3
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 3", lesson="09"):
    checks.equal(
        pareto_front([5, 1, 3, 4, 9], [0.8, 0.5, 0.7, 0.6, 0.9]),
        [0, 1, 2, 4],
        "pareto_front([5, 1, 3, 4, 9], [0.8, 0.5, 0.7, 0.6, 0.9])",
        causes=[
            ([1, 2, 0, 4], "the positions are not in ascending order."),
            ([3], "these are the dominated ones."),
            ([1], "only one was kept: the cheapest, or the one with the most quality for its cost."),
            ([4], "only the best quality was kept, or high costs are taken for good ones."),
            ([1, 4], "a candidate has to be out only if one other beats it in both."),
            ([True, True, True, False, True], "positions are wanted, not a mask."),
            ([5, 1, 3, 9], "costs were returned; positions are wanted."),
            ([0, 1, 2, 3, 4], "nobody was thrown out: candidate 3 costs more than candidate 2 and is worse."),
            ([], "being better in one of the two is not enough to dominate; it must not be worse in the "
             "other."),
        ],
        otherwise="one possibility is that a comparison points the wrong way.",
    )  # fmt: skip
    checks.equal(
        pareto_front([1, 2, 3], [0.9, 0.5, 0.7]),
        [0],
        "pareto_front([1, 2, 3], [0.9, 0.5, 0.7])",
        causes=[
            ([0, 2], "each was compared with the next cheaper one only; all the others count."),
        ],
        otherwise="one of these is cheaper and better than the others.",
    )
    checks.equal(
        pareto_front([2, 2, 1, 1], [0.7, 0.8, 0.6, 0.6]),
        [1, 2, 3],
        "pareto_front([2, 2, 1, 1], [0.7, 0.8, 0.6, 0.6])",
        causes=[
            ([0, 1, 2, 3], "at the same cost, candidate 1 is better than candidate 0."),
            ([1, 2], "two equal candidates don't dominate each other; one of them was dropped."),
            ([1, 3], "two equal candidates don't dominate each other; one of them was dropped."),
            ([1], "two equal candidates were both dropped: neither is better than the other."),
        ],
        otherwise="one possibility is that ties, in one of the two or in both, go wrong.",
    )
    checks.equal(
        pareto_front([2, 1], [0.7, 0.7]),
        [1],
        "pareto_front([2, 1], [0.7, 0.7])",
        causes=[([0, 1], "at the same quality, the dearer one is dominated.")],
        otherwise="at the same quality, the cheaper one stays.",
    )
    ### BEGIN HIDDEN TESTS
    checks.equal(
        pareto_front([4, 2, 3, 2], [0.4, 0.6, 0.7, 0.2]),
        [1, 2],
        "pareto_front([4, 2, 3, 2], [0.4, 0.6, 0.7, 0.2])",
        otherwise="it is right for the candidates above; is something fixed in your code?",
    )
    random = checks.fresh_random()
    for _ in range(3):
        prices = random.integers(0, 12, 25)
        values = random.integers(0, 12, 25)
        expected = [
            i
            for i in range(25)
            if not any(
                prices[j] <= prices[i]
                and values[j] >= values[i]
                and (prices[j], values[j]) != (prices[i], values[i])
                for j in range(25)
            )
        ]
        checks.equal(
            pareto_front(prices.tolist(), (values / 12).tolist()),
            expected,
            "pareto_front of 25 random candidates with many ties",
            otherwise="it is right for a few; one possibility is that ties go wrong.",
        )
    ### END HIDDEN TESTS

# %%
candidate_names = list(accuracy)


def front_of(cost):
    """Return the names on the Pareto front of a cost (a list in the order of `names`)."""
    return [
        candidate_names[i] for i in pareto_front(cost, [accuracy[name] for name in candidate_names])
    ]


milliseconds = [costs[name]["ms"][0] for name in candidate_names]
plots.pareto(
    {name: (ms, accuracy[name]) for name, ms in zip(candidate_names, milliseconds, strict=True)},
    front_of(milliseconds),
    intervals=intervals,
    xlabel="ms per photo, one at a time",
)

# %%
sizes = [costs[name]["mb"] for name in candidate_names]
plots.pareto(
    {name: (mb, accuracy[name]) for name, mb in zip(candidate_names, sizes, strict=True)},
    front_of(sizes),
    intervals=intervals,
    xlabel="file size in MB",
)

# %% [markdown]
# Two costs, two fronts: check which names are on both. And mind the grey bars. A candidate can be on the
# front, or off it, by a difference that other photos would turn round. So read the front as "probably not
# worth a look" for what lies *far* below it, and as "look closer" for all that is near.

# %% [markdown]
# ## Cost in labels
#
# Labels are paid by people's time. How many does each candidate need? We train every head on 5, 10, 25 and 50
# photos of each class; for all but the last, on five different draws, since with few labels it matters a lot
# *which* ones you happen to have.

# %%
COUNTS = [5, 10, 25, 50]
SEEDS = 5


def learning_curve(f_train, f_validation):
    """Return the accuracy for each draw (row) and number of labels per class (column)."""
    table = np.zeros((SEEDS, len(COUNTS)))
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        orders = [random.permutation(np.flatnonzero(y_train == label)) for label in range(10)]
        for column, count in enumerate(COUNTS):
            picks = np.concatenate([order[:count] for order in orders])
            table[seed, column] = (
                head().fit(f_train[picks], y_train[picks]).score(f_validation, y_validation)
                if seed == 0 or count < PER_CLASS
                else table[0, column]  # all the photos there are: every draw is the same
            )
    return table


shown = ["M 128", "L 128", "L 96 cut at 6", "M 48"]
curves = {name: learning_curve(*features[name]) for name in shown}
plots.lines(
    {name: (COUNTS, curves[name].mean(axis=0)) for name in shown},
    xlabel="labels per class",
    ylabel="accuracy, mean of five draws",
)

# %%
for name in shown:
    spread = np.ptp(curves[name], axis=0)
    drawn = "".join(f"{spread[column]:9.3f}" for column in range(len(COUNTS) - 1))
    print(f"{name:<15} best − worst draw with {COUNTS[:-1]} labels per class: {drawn}")

# %% [markdown]
# Read the picture **across**, not upwards: draw a level line in your mind at the accuracy that `M 48` reaches
# with 50 labels per class, and see how few labels the best ones need for it. A better choice of model saves
# labelling work. With five labels per class, the luck of the draw is as large as the gap between some of the
# curves.

# %% [markdown]
# ### Exercise 4: how many labels are needed?
#
# `accuracies[seed][column]` is the accuracy of one draw with `counts[column]` labels per class; `counts`
# ascends. You will draw your labels only once, so don't bank on a lucky draw: return the smallest count from
# which on **every** draw reaches the `target`, at this count and at all larger ones. Return `None` if there
# is none.

# %% [markdown] hints="labels_needed"
# You have a table and want a row: for each count, one number that tells whether *every* draw is good enough.
# Which of the draws decides that? Print that row below `counts` and find the answer with your finger for two
# or three targets, before any code does.
#
# A curve can reach the target, sink below it and come up again, so the first count that is good enough
# needn't be the answer. All the larger ones have to be good enough as well. From which end do you have to
# walk to know that already when you come to a count?
#
# Reduce the table over the draws (`axis=0`), set `needed = None`, and walk from the largest count to the
# smallest; `reversed` does that and leaves the lists as they are. What happens to `needed` at a count that
# holds, and what at the first one that doesn't?


# %% solution="labels_needed"
def labels_needed(counts, accuracies, target):
    """Return the smallest count from which on every draw reaches the target, or None."""
    ### BEGIN SOLUTION
    worst = np.min(accuracies, axis=0)
    needed = None
    for count, value in zip(reversed(counts), reversed(worst), strict=True):
        if value < target:
            break
        needed = count
    return needed
    ### END SOLUTION


# %% checks="labels_needed" points=2
import numpy as np

from course_lib import checks

with checks.exercise("Exercise 4", lesson="09"):
    table = [[0.36, 0.61, 0.60, 0.70], [0.40, 0.52, 0.66, 0.72], [0.47, 0.58, 0.69, 0.75]]
    checks.equal(
        labels_needed([5, 10, 25, 50], table, 0.55),
        25,
        "labels_needed([5, 10, 25, 50], …, 0.55), where the worst draws reach 0.36, 0.52, 0.60, 0.70,",
        causes=[
            (10, "the mean, the median or one lucky draw reaches the target there; not every draw "
             "does."),
            (2, "this is a position; the number of labels is wanted."),
            (50, "this is the largest count that reaches it; the smallest is wanted."),
            (5, "this is the smallest count of all; is the table looked at?"),
        ],
        otherwise="the number of labels itself is wanted, one of 5, 10, 25 and 50.",
    )  # fmt: skip
    checks.equal(
        labels_needed([5, 10, 25, 50], table, 0.70),
        50,
        "labels_needed of the same, target 0.70",
        causes=[
            (None, "a draw that is exactly at the target has reached it."),
            (25, "not every draw reaches the target there."),
        ],
        otherwise="the worst draw decides, and at the target is enough.",
    )
    checks.equal(
        labels_needed([5, 10, 25], [[0.5, 0.7, 0.6], [0.5, 0.7, 0.8]], 0.65),
        None,
        "labels_needed([5, 10, 25], [[0.5, 0.7, 0.6], [0.5, 0.7, 0.8]], 0.65)",
        causes=[
            (10, "the curve falls below the target again at 25: one lucky point is not enough."),
            (25, "not every draw reaches the target there."),
        ],
        otherwise="when there is none, return None.",
    )
    ### BEGIN HIDDEN TESTS
    steps = [2, 4]
    checks.equal(
        labels_needed(steps, [[0.6, 0.7]], 0.5),
        2,
        "labels_needed([2, 4], [[0.6, 0.7]], 0.5)",
        otherwise="it is right for the tables above; is something fixed in your code?",
    )
    checks.unchanged([2, 4], steps, "The argument `counts`")
    checks.equal(
        labels_needed([2, 4], [[0.1, 0.2]], 0.9),
        None,
        "labels_needed([2, 4], [[0.1, 0.2]], 0.9)",
        otherwise="when there is none, return None.",
    )
    random = checks.fresh_random()
    steps = [1, 3, 8, 20, 60]
    for crossing in range(5):
        curve = np.where(np.arange(5) >= crossing, 0.8, 0.4) + random.random((4, 5)) * 0.1
        checks.equal(
            labels_needed(steps, curve, 0.75),
            steps[crossing],
            f"labels_needed of four random draws that all cross at {steps[crossing]} labels",
            otherwise="it is right for some; is the first or the last column treated differently?",
        )
    ### END HIDDEN TESTS

# %%
target = round(float(curves["M 48"].min(axis=0)[-1]), 2) - 0.01
print(f"labels per class from which every draw reaches {target:.2f}:")
for name in shown:
    print(f"   {name:<15} {labels_needed(COUNTS, curves[name], target)}")

# %% [markdown]
# ## Every model of `keras.applications`
#
# Keras has some forty networks with ImageNet weights. Keras publishes size, parameters and accuracy for most
# of them, always at the size that the network was trained at (the table *Available models* on
# keras.io/api/applications; for five ConvNeXt it has no figures). Your `pareto_front` can read that table:

# %%
published = choosing.PUBLISHED
models = list(published)
on_front = pareto_front(
    [published[name].parameters for name in models], [published[name].top_1 for name in models]
)
plots.pareto(
    {name: (published[name].parameters, published[name].top_1) for name in models},
    [models[i] for i in on_front],
    xlabel="millions of parameters (logarithmic)",
    ylabel="published top-1 accuracy on ImageNet",
    log_x=True,
)

# %% [markdown]
# Many famous names are dominated. VGG16 has the most parameters of all but one and is one of the least
# accurate. So a shortlist for your own task takes a minute. But it is a shortlist and no more: these are
# numbers about ImageNet, and parameters are not milliseconds.
#
# With a network, the next cell puts every one of them to the test on *your* photos, smallest first. It
# downloads several GB and takes an hour or so, so it only runs if you set the switch to `True`. Without a
# network it says so and ends.

# %%
TRY_ALL = False

if TRY_ALL:
    for backbone in choosing.each_application(input_size=96):
        photo = keras.Input((32, 32, 3))
        pixels = backbone.preprocessing(keras.layers.Resizing(96, 96)(photo))
        maps = backbone.model(pixels, training=False)
        model = keras.Model(photo, keras.layers.GlobalAveragePooling2D()(maps))
        finetuning.freeze(model)
        f_train, f_validation = both_parts(model)
        score = head().fit(f_train, y_train).score(f_validation, y_validation)
        print(
            f"{backbone.name:<20} k-NN {knn_accuracy(f_train, y_train, 5):.3f}  accuracy {score:.3f}"
        )
else:
    print("Not tried: TRY_ALL is False.")

# %% [markdown]
# ## Deciding
#
# The best number in a list is not the best model: with eleven candidates, the first is partly the luckiest
# (the winner's curse of lesson 07). So first find all that **cannot be told from the best**. For each of them
# the 95 % interval of the difference on the same photos reaches zero.

# %% [markdown]
# ### Exercise 5: as good as the best
#
# `right` maps names to arrays of truth values (lists or arrays, all about the same photos): was the answer
# right? Return the list of names, in the order of the dict, that cannot be told from the one with the highest
# accuracy, that one included: the 95 % interval of *accuracy of the best minus accuracy of the candidate*
# holds zero.
#
# `evaluation.mean_interval(values)` gives the interval `(low, high)` of the mean of numbers, one for each
# photo. (NumPy refuses to subtract truth values; make numbers of them first.)

# %% [markdown] hints="as_good_as_best"
# Print a line for each name: its accuracy, and `low` and `high` of the difference to the best. Which names
# would you keep by eye? Look at the line in which the best meets itself: the interval has no length there,
# and still your condition must let it pass.
#
# Below the first picture of accuracies, the lesson compared six pairs in this very way: one difference for
# each photo (1, 0 or −1), and an interval for their mean. New here is only the yardstick, which must be found
# first: the one with the most right answers, wherever it stands in the dict.
#
# Turn every array into floats and keep them in a dict `hits`. Then
# `best = max(hits, key=lambda name: hits[name].mean())` is the yardstick. One loop over the names follows,
# with one interval in each round. Of which numbers, one for each photo? And where may zero lie for a name to
# stay?


# %% solution="as_good_as_best"
def as_good_as_best(right):
    """Return the names that cannot be told from the most accurate one, in the order given."""
    ### BEGIN SOLUTION
    hits = {name: np.asarray(values, dtype=float) for name, values in right.items()}
    best = max(hits, key=lambda name: hits[name].mean())
    kept = []
    for name, values in hits.items():
        low, high = evaluation.mean_interval(hits[best] - values)
        if low <= 0 <= high:
            kept.append(name)
    return kept
    ### END SOLUTION


# %% checks="as_good_as_best" points=3
import numpy as np

from course_lib import checks


def hits(wrong, photos=400):
    """Return truth values of which the positions `wrong` are False."""
    values = np.ones(photos, dtype=bool)
    values[wrong] = False
    return values


with checks.exercise("Exercise 5", lesson="09"):
    given = {
        "poor": hits(np.arange(0, 120)),
        "other": hits(np.arange(37, 80)),
        "good": hits(np.arange(0, 40)),
        "worse": hits(np.arange(0, 46)),
    }
    checks.equal(
        as_good_as_best(given),
        ["other", "good"],
        "as_good_as_best of poor, other, good and worse, with 120, 43, 40 and 46 mistakes in 400 (the "
        "46 include the 40),",
        causes=[
            (["other", "good", "worse"], "two separate intervals were compared, or a fixed margin was "
             "used. On the same photos, 6 more mistakes and not one fewer are no chance."),
            (["good"], "43 mistakes elsewhere are not surely worse than 40."),
            (["other"], "the best itself is missing."),
            (["other", "worse"], "the best itself is missing."),
            (["poor", "worse"], "these are the ones that can be told from the best."),
            (["poor"], "the comparison is with the first candidate, or the sign is turned round."),
            (["good", "other"], "these are the right ones, in another order than that of the dict."),
            (["poor", "other", "good", "worse"], "nobody was left out. One possibility is "
             "that the comparison is with the first one and not with the best."),
        ],
        otherwise="take the one with the highest accuracy, and compare each with it, photo by photo.",
    )  # fmt: skip
    checks.equal(
        as_good_as_best({"a": [True, False] * 50, "b": [True, False] * 50}),
        ["a", "b"],
        "as_good_as_best of two candidates that agree on every photo",
        causes=[
            (["a"], "a candidate that is equal on every photo can't be told from the best."),
            ([], "an interval from 0 to 0 holds zero."),
        ],
        otherwise="these two can't be told apart.",
    )
    ### BEGIN HIDDEN TESTS
    checks.equal(
        as_good_as_best({"never": [False] * 20, "always": [True] * 20}),
        ["always"],
        "as_good_as_best of one that is always right and one that never is",
        otherwise="it is right for the candidates above; is something fixed in your code?",
    )
    random = checks.fresh_random()
    order = random.permutation(2000)
    fresh = {
        "second": hits(order[150:360], 2000),
        "third": hits(order[:290], 2000),
        "first": hits(order[:200], 2000),
        "lost": hits(order[:900], 2000),
    }
    checks.equal(
        as_good_as_best({name: values.tolist() for name, values in fresh.items()}),
        ["second", "first"],
        "as_good_as_best of four candidates with 210, 290, 200 and 900 mistakes in 2,000",
        otherwise="is something fixed, such as a margin, or is the best not the one with the highest accuracy?",
    )
    ### END HIDDEN TESTS

# %%
as_good_as_best(right)

# %% [markdown]
# Among these, accuracy cannot decide, so let the costs. (Many comparisons were made at 95 %; one in twenty
# goes wrong by chance. For a list that is only used to look closer, that does no harm.)

# %% [markdown]
# ### Exercise 6: a decision aid
#
# Write the aid. `candidates` is a list of dicts with the keys `name`, `ms`, `mb`, `accuracy` and `low` (the
# lower end of the accuracy's interval). A candidate **fits** when
#
# - `ms` is at most `max_ms` (otherwise it breaks `"latency"`),
# - `mb` is at most `max_mb` (otherwise `"size"`),
# - `low` is at least `min_accuracy` (otherwise `"accuracy"`): whoever demands an accuracy wants to be *sure*
#   of it.
#
# Of those that fit, a gain in accuracy of less than `worth` is not worth waiting for: look at all whose
# accuracy is at most `worth` below that of the best one that fits, and take the **fastest** of them.
#
# Return `(name, reasons)`. `reasons` maps the name of every candidate that does not fit to the list of what
# it breaks, in the order above. When nothing fits, the name is `None`: then the reasons are the answer, for
# they say which budget to talk about.

# %% [markdown] hints="choose"
# There are two jobs here, so do them one after the other: first sort the candidates into those that fit and
# those that don't, with reasons; only then choose. Print both results before you write a line of the second
# job. Every candidate must be in exactly one of them.
#
# For every candidate, collect what it breaks, in the given order; who ends with an empty list fits. Then mind
# which number is asked: `low` has to satisfy the customer, `accuracy` decides who is near the best *of those
# that fit*, and `ms` picks the winner among the near ones. Limits may be met exactly, all of them.
#
# When the list `fitting` is empty, return at once. Otherwise
# `best = max(one["accuracy"] for one in fitting)`, next a list of all that lie no more than `worth` below it,
# and last a `min` over that list. What does its `key` have to look at? And `min` gives you a whole dict; what
# was asked for?


# %% solution="choose"
def choose(candidates, max_ms, max_mb, min_accuracy, worth):
    """Return (name of the choice or None, {name of each that doesn't fit: what it breaks})."""
    ### BEGIN SOLUTION
    reasons, fitting = {}, []
    for one in candidates:
        broken = [
            reason
            for reason, holds in (
                ("latency", one["ms"] <= max_ms),
                ("size", one["mb"] <= max_mb),
                ("accuracy", one["low"] >= min_accuracy),
            )
            if not holds
        ]
        if broken:
            reasons[one["name"]] = broken
        else:
            fitting.append(one)
    if not fitting:
        return None, reasons
    best = max(one["accuracy"] for one in fitting)
    near = [one for one in fitting if one["accuracy"] >= best - worth]
    return min(near, key=lambda one: one["ms"])["name"], reasons
    ### END SOLUTION


# %% checks="choose" points=4
import copy

import numpy as np

from course_lib import checks


def listed(*rows):
    """Return candidates from rows (name, ms, mb, accuracy, low)."""
    return [dict(zip(("name", "ms", "mb", "accuracy", "low"), row, strict=True)) for row in rows]


with checks.exercise("Exercise 6", lesson="09"):
    models = listed(
        ("tiny", 1.0, 2.0, 0.700, 0.672),
        ("small", 4.0, 9.0, 0.780, 0.755),
        ("middle", 6.0, 9.0, 0.785, 0.760),
        ("large", 9.0, 30.0, 0.860, 0.838),
        ("slow", 40.0, 12.0, 0.850, 0.828),
    )
    before = copy.deepcopy(models)
    answer = choose(models, 10, 20, 0.65, 0.02)
    checks.true(
        isinstance(answer, tuple | list) and len(answer) == 2,
        f"choose gave an object of type {type(answer).__name__}, not a name and the reasons.",
        "only one of the two is returned. End with `return name, reasons`.",
    )
    checks.equal(
        answer[0], "small",
        "The choice among five, for at most 10 ms and 20 MB, worth 0.02,",
        causes=[
            ("middle", "half a point more is worth less than `worth`; the faster one was wanted."),
            ("large", "it breaks the budget for the size."),
            ("slow", "it breaks the budget for the latency."),
            ("tiny", "it is the fastest, but its accuracy lies more than `worth` below the best that fits."),
            (None, "some do fit. Is the accuracy of the best taken among all, or among those that fit?"),
        ],
        otherwise="the name of one of the candidates is wanted.",
    )  # fmt: skip
    checks.equal(
        answer[1], {"large": ["size"], "slow": ["latency"]},
        "The reasons of the same call",
        causes=[
            ({"large": "size", "slow": "latency"}, "each reason belongs in a list: there can be several."),
            ({}, "the candidates that don't fit are missing."),
        ],
        otherwise="one entry for each candidate that does not fit, and none for the others.",
    )  # fmt: skip
    checks.equal(
        choose(models, 10, 20, 0.775, 0.02), [None, {
            "tiny": ["accuracy"], "small": ["accuracy"], "middle": ["accuracy"], "large": ["size"],
            "slow": ["latency"],
        }],
        "choose for an accuracy of 0.775 at least, 10 ms and 20 MB,",
        causes=[
            (["small", {"tiny": ["accuracy"], "large": ["size"], "slow": ["latency"]}],
             "the accuracy itself was compared; its lower end has to reach what is demanded."),
        ],
        otherwise="nothing fits here: the name is None, and every candidate has its reasons.",
    )  # fmt: skip
    checks.equal(
        choose(models, 0.5, 1.0, 0.9, 0.02)[1]["slow"], ["latency", "size", "accuracy"],
        "The reasons of a candidate that breaks everything",
        otherwise="all that is broken belongs in the list, not only the first.",
    )  # fmt: skip
    checks.true(
        before == models,
        "The list of candidates is another after the calls.",
        "your function sorts it in place, or removes or changes candidates in it.",
    )
    ### BEGIN HIDDEN TESTS
    fixed = "it is right for the five above; is something fixed in your code?"
    checks.equal(
        choose(listed(("only", 1, 1, 0.9, 0.88)), 2, 2, 0.5, 0.1), ["only", {}],
        "choose among one candidate that fits", otherwise=fixed,
    )  # fmt: skip
    checks.equal(
        choose([], 1, 1, 0, 0), [None, {}], "choose among no candidates at all", otherwise=fixed
    )
    checks.equal(
        choose(listed(("good", 2, 1, 0.75, 0.7), ("quick", 1, 1, 0.5, 0.4)), 2, 2, 0.25, 0.25)[0], "quick",
        "The choice between two, the faster of which is exactly `worth` less accurate,",
        causes=[("good", "a gap that is exactly `worth` is still one of at most `worth`.")],
        otherwise=fixed,
    )  # fmt: skip
    shuffled = [models[i] for i in checks.fresh_random().permutation(5)]
    for limits, expected in (
        ((10, 20, 0.65, 0.001), "middle"),
        ((10, 20, 0.65, 0.2), "tiny"),
        ((9.0, 30.0, 0.838, 0.02), "large"),
        ((50, 50, 0.5, 0.02), "large"),
        ((50, 20, 0.5, 0.02), "slow"),
    ):
        checks.equal(
            choose(shuffled, *limits)[0], expected,
            f"The choice for max_ms, max_mb, min_accuracy, worth = {limits}",
            otherwise="a budget that is met exactly is met; `worth` counts from the best that fits.",
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# Three customers. Their budgets in milliseconds are multiples of what `M 96` takes on *your* machine, so that
# the question is the same everywhere:
#
# - an **archive** wants accuracy, and has time and disk;
# - an **app** must be loaded over a mobile network: 5 MB at most;
# - a **camera** has a fifth of the time of `M 96`, 3 MB, and demands an accuracy of 0.80.

# %%
listed_candidates = [
    {"name": n, "ms": costs[n]["ms"][0], "mb": costs[n]["mb"], "accuracy": accuracy[n], "low": intervals[n].low}
    for n in candidate_names
]  # fmt: skip
unit = costs["M 96"]["ms"][0]
customers = {
    "archive": {"max_ms": 10 * unit, "max_mb": 100, "min_accuracy": 0.5},
    "app": {"max_ms": 2 * unit, "max_mb": 5, "min_accuracy": 0.5},
    "camera": {"max_ms": 0.2 * unit, "max_mb": 3, "min_accuracy": 0.8},
}
choices = {}
for customer, budget in customers.items():
    choices[customer], reasons = choose(listed_candidates, worth=0.01, **budget)
    print(f"{customer:<8} → {choices[customer]}")
    if choices[customer] is None:
        for name, broken in reasons.items():
            print(f"            {name:<15} breaks {', '.join(broken)}")

# %% [markdown]
# The camera's customer gets no model but something worth as much: a list of what stands in the way. If there
# is a candidate that breaks one budget only, that is the one to negotiate about. **Try it:** change one
# number of the camera's budget until something fits, and say what you would tell the customer.

# %% [markdown]
# ### Exercise 7: keep or switch?
#
# We had a thousand photos to compare eleven candidates on. Now decide for many firms that have fewer. Each uses
# a model and has been offered twelve others. For each firm you get `current`, truth values for its validation
# photos (was the answer right?), and `offers`, an array of shape (12, photos) with the same for the offers. Some
# firms have 60 photos, others 400. In seven firms of eight, **no** offer is better than what they have; in the
# eighth, one is. A switch costs work that is worth **two points** of accuracy.
#
# Return the position of the offer to switch to, from 0 to 11, or `None` to keep the model. No particular rule is
# wanted. What counts is what your choices bring on *fresh* photos: the mean gain in accuracy, less 0.02 for every
# switch, has to reach half of what somebody would gain who knew the truth, among the firms with 60 photos and
# among those with 400.


# %% [markdown] hints="keep_or_switch"
# Take a firm in which no offer is better, and simulate it: twelve rows of coin flips that come up heads as
# often as `current`. How far ahead is the luckiest row with 60 photos? And with 400?
#
# The same photos were shown to all models, so look at the differences photo by photo: their mean is the gain,
# and their spread tells how far that mean would wander on other photos. A limit that suits 60 photos is too
# strict for 400, and one that suits 400 is too lax for 60.
#
# First the offer with the largest mean gain, then a doubt: switch only if something is left after you have
# taken off what luck alone could have added. How many standard errors does the best of twelve need, if one of
# eight firms has a real reason to switch?


# %% solution="keep_or_switch" kind="judge"
def keep_or_switch(current, offers):
    """Return the position of the offer to switch to, or None to keep the current model."""
    ### BEGIN SOLUTION
    gains = np.asarray(offers, dtype=float) - np.asarray(current, dtype=float)
    best = int(gains.mean(axis=1).argmax())
    standard_error = gains[best].std() / np.sqrt(gains.shape[1])
    # Twelve were looked at, so the largest gain is partly luck: two standard errors are taken off.
    return best if gains[best].mean() - 2 * standard_error > 0 else None
    ### END SOLUTION


# %% checks="keep_or_switch" points=2
import numpy as np

from course_lib import checks


def firms(random, photos, true_gain, count=160):
    """Return (current, offers, gain of each offer on fresh photos) for many firms."""
    drawn = []
    for firm in random.permutation(count):  # in no order that could be counted
        skill = random.uniform(0.65, 0.75) + np.r_[0.0, random.normal(-0.03, 0.01, 12)]
        if firm % 8 == 0:
            skill[random.integers(1, 13)] = skill[0] + true_gain
        own = random.random((13, photos))  # a photo that is hard is hard for most models
        hard = np.where(random.random((13, photos)) < 0.35, own, random.random(photos))
        right = hard < skill[:, None]
        fresh = random.binomial(20_000, skill) / 20_000
        drawn.append((right[0], right[1:], fresh[1:] - fresh[0]))
    return drawn


with checks.exercise("Exercise 7", lesson="09"):
    random = checks.fresh_random()
    for photos, true_gain in ((60, 0.22), (400, 0.1)):
        drawn = firms(random, photos, true_gain)
        decisions = [keep_or_switch(current.copy(), offers.copy()) for current, offers, _ in drawn]
        checks.true(
            all(
                choice is None
                or (type(choice) is int or isinstance(choice, np.integer))
                and 0 <= choice < 12
                for choice in decisions
            ),
            "keep_or_switch gave something else than None or a position from 0 to 11.",
            "a name, a gain or a truth value was returned, or a position counted from 1.",
        )
        brought = [
            0.0 if choice is None else gains[choice] - 0.02
            for choice, (_, _, gains) in zip(decisions, drawn, strict=True)
        ]
        possible = np.mean([max(0.0, gains.max() - 0.02) for _, _, gains in drawn])
        switches = sum(choice is not None for choice in decisions)
        checks.true(
            np.mean(brought) >= 0.5 * possible,
            f"In {len(drawn)} firms with {photos} photos, {switches} switched, and the mean gain on fresh photos, costs "
            f"included, was {np.mean(brought):+.4f}; {possible:.4f} was possible.",
            "real gains were left where they were: when would you believe an offer?"
            if switches <= len(drawn) // 8
            else "firms switched to offers that only looked better. How far ahead is the luckiest of twelve by chance, "
            "with so many photos?",
        )

# %% [markdown]
# ## The test part, opened once
#
# The choices for the archive and the app have been made. Now the test part is opened for both, and nothing is
# chosen afterwards.

# %%
x_test, y_test = cifar.test.open_for("the final comparison of lesson 09")
on_test = {}
for name in dict.fromkeys(filter(None, choices.values())):
    f_test = (
        lite[name](x_test)
        if name in lite
        else feature_extraction.cached_features(candidates[name], x_test, progress=False)
    )
    on_test[name] = heads[name].predict(f_test) == y_test
    interval = evaluation.mean_interval(on_test[name])
    print(
        f"{name:<15} validation {accuracy[name]:.3f}   test {on_test[name].mean():.3f} {interval}"
    )

# %% [markdown]
# Compare the two columns. A choice that was made by the validation photos tends to look a little better on
# them than on new ones; the interval says how far the two may differ by chance alone.

# %% [markdown]
# ### Written question
#
# Double-click the next cell and answer below the question.

# %% [markdown] written="advice" points=3
# **Question.** A colleague builds a battery-powered bird feeder that names the visitor, with 40 labelled
# photos for each of 12 species. She wants to take "the model with the best ImageNet accuracy that still fits
# on the chip". Advise her: what should she measure, in which order, and at which point may she stop? Name one
# thing in her plan that is right, and one result of this lesson that speaks against the rest.
#
# ### BEGIN SOLUTION
# A good answer keeps what is right: budgets (file size, and the latency or energy for one photo at a time on
# that chip) come first, because they throw out candidates without any training. Then it measures on her own
# photos: features of the candidates that are left, a quick score or better the trained head with an interval
# and paired differences, on photos that were not used for training, split by day or camera rather than at
# random; a learning curve, since 40 labels per class are few. She may stop when the candidates left cannot be
# told apart: then the cheapest is taken, and the test part is opened once. Results that speak against her
# plan: the three points by which one network is ahead on ImageNet could not be seen here at either size;
# input size and the cut changed accuracy and cost within one and the same network; a part of a network can be
# as good as the whole; latency depends on the runtime and on how the model is called; quantisation has to be
# measured.
# ### END SOLUTION

# %% [markdown]
# ## What you had expected
#
# Your guesses, beside what came out. The one that is farthest off deserves a minute of your time.

# %%
predictions.review("09")

# %% [markdown]
# ## Recap
#
# - A candidate is a network **and** an input size, a depth, a number format, a runtime. Change one at a time,
#   or you praise the wrong one.
# - Parameters are not milliseconds. Quote a latency as a median with its spread, after a warm-up, with batch
#   size and machine.
# - A method called `quantize` may leave nearly everything as it is. Look at the file.
# - The Pareto front throws out what nobody should choose; what is near the front needs an interval.
# - Transferability scores sort the bad from the good, not the good from the best. When training is cheap,
#   train.
# - Read a learning curve across: a better model saves labels.
# - Among those that cannot be told from the best, let the costs decide. "Nothing fits, because …" is a
#   result.
#
# **Read next**: You, Liu, Wang and Long, *LogME: Practical Assessment of Pre-trained Models for Transfer
# Learning* (2021); Kornblith, Shlens and Le, *Do Better ImageNet Models Transfer Better?* (2019), for the
# long version of the bet at the beginning; Tan and Le, *EfficientNet* (2019); Jacob and others, *Quantization
# and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference* (2018); Agostinelli and
# others, *How Stable Are Transferability Metrics Evaluations?* (2022), for how far such scores can be
# trusted.
#
# **Next**: other kinds of data. Language models are chosen by the same four questions.
