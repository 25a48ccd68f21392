# %% [markdown]
# # 06 · Metrics: what a number says, and what it hides
#
# **You will be able to**
#
# - build the confusion matrix, precision, recall and F1 yourself, and say where each of them misleads;
# - tell the three averages of F1 apart, and say which of them notices a class that is lost;
# - say which numbers still hold where birds are rarer, and which don't;
# - choose a threshold by what mistakes cost, instead of leaving it at 0.5.
#
# **You need** lesson 00. Lesson 05 helps: the features used here are explained there.
#
# **Time**: about {minutes} minutes of yours; less than two minutes of a laptop with two cores and no GPU.

# %% [markdown]
# ## Set-up

# %%
from course_lib import environment

environment.start()

# %%
import keras
import numpy as np
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib import backbones, data, feature_extraction, finetuning, plots, predictions

keras.utils.set_random_seed(0)

# %% [markdown]
# ## The task: is it a bird?
#
# Birds and jet engines don't mix. Imagine a camera at the edge of an airfield whose photos are to be sorted
# into *bird* and *no bird*. We play this with CIFAR-10 (Krizhevsky 2009), which has ten classes, one of them
# birds. Its photos come in three parts: one to train on, one to make choices with (the validation part), and
# a test part. The test part stays sealed throughout this lesson, since everything here is still a choice.
# Lesson 07 opens it, once, when all is decided.

# %%
cifar = data.load_cifar10()
x_train, y_train = cifar.train
x_validation, y_validation = cifar.validation
BIRD = cifar.class_names.index("bird")
bird_train = y_train == BIRD
bird_validation = y_validation == BIRD
print(f"{bird_train.sum()} of {len(bird_train)} training photos show a bird,")
print(f"{bird_validation.sum()} of {len(bird_validation)} validation photos do.")

# %% [markdown]
# What is the least effort with which somebody could report a good accuracy? **Predict:** how accurate is a
# detector that never looks at the photo and always says *no bird*?

# %%
guess_never = predictions.guess("06", "accuracy of never saying bird", ..., low=0, high=1)

# %%
never = np.zeros(len(bird_validation), dtype=bool)
print(f"accuracy of never saying bird: {metrics.accuracy_score(bird_validation, never):.3f}")
guess_never.came_out(metrics.accuracy_score(bird_validation, never))

# %% [markdown]
# That is the **baseline**: a detector which reports this accuracy may be good for nothing. The rarer the
# thing that you look for, the better the useless detector looks. Now a real one. A pretrained network turns
# every photo into a row of numbers, its *features*; the network itself stays as it is. (The features are
# computed once, which takes half a minute or so, and are kept on your disk.)

# %%
embedded = backbones.load("embedded", input_size=96)
photo = keras.Input((32, 32, 3))
pixels = embedded.preprocessing(keras.layers.Resizing(96, 96)(photo))
maps = embedded.model(pixels, training=False)
extractor = keras.Model(photo, keras.layers.GlobalAveragePooling2D()(maps))
finetuning.freeze(extractor)

f_train = feature_extraction.cached_features(extractor, x_train)
f_validation = feature_extraction.cached_features(extractor, x_validation)
f_train.shape

# %% [markdown]
# On these features we train the simplest respectable classifier: logistic regression. It gives each photo a
# score between 0 and 1, its estimate of the probability of a bird, and says *bird* from 0.5 on.


# %%
def logistic_regression(C=0.01):
    """Return an untrained classifier; the smaller `C`, the stronger the brake on its weights."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000))


detector = logistic_regression().fit(f_train, bird_train)
scores = detector.predict_proba(f_validation)[:, 1]
alarms = scores >= 0.5
print(f"accuracy of the detector: {metrics.accuracy_score(bird_validation, alarms):.3f}")

# %% [markdown]
# It beats the baseline by a few points. Is that a detector for an airfield? The accuracy cannot tell, because
# it throws two very different mistakes into one pot: birds that were missed, and alarms for nothing. So take
# them apart.

# %% [markdown]
# ## The confusion matrix: where every metric comes from
#
# Count the photos by what they are and by what was said about them. The **row** is the true class, the
# **column** the predicted one (scikit-learn and this course do it so; others turn it round, so always look).
# With the classes 0 = *no bird* and 1 = *bird*:
#
# | | said: no bird | said: bird |
# |---|---|---|
# | **is: no bird** | true negatives | false positives (false alarms) |
# | **is: bird** | false negatives (misses) | true positives (hits) |

# %% [markdown]
# ### Exercise 1: count
#
# Write the confusion matrix for any number of classes. `labels` and `predictions` hold class numbers 0, 1, …
# of the same photos (lists or arrays); the result has shape (`classes`, `classes`), also when some class
# occurs nowhere.

# %% [markdown] hints="confusion"
# Count five photos by hand: labels 0, 1, 1, 2, 1 and predictions 0, 1, 1, 1, 2. In which cell does each of
# them land, and what stands where two of them meet? Print your table as well: the sum over all its cells must
# be the number of photos.
#
# Begin with a table of zeros whose size depends on `classes` alone, whatever occurs in the data. Then take
# the photos one after the other; `zip` walks along both lists side by side. Shortcuts with whole arrays are
# tempting, but NumPy adds to a cell only once, even if an index names it twice.
#
# `counts = np.zeros((classes, classes), dtype=int)` is the first line and `return counts` the last. Between
# them, a loop over pairs of label and prediction raises a single cell by 1 each time. Which of the two
# numbers picks the row?


# %% solution="confusion"
def confusion(labels, predictions, classes):
    """Return counts of shape (classes, classes): row = true class, column = predicted class."""
    ### BEGIN SOLUTION
    counts = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions, strict=True):
        counts[label, prediction] += 1
    return counts
    ### END SOLUTION


# %% checks="confusion" points=2
import numpy as np
from sklearn import metrics

from course_lib import checks

with checks.exercise("Exercise 1", lesson="06"):
    right = np.array([[1, 3, 0], [0, 2, 0], [1, 0, 1]])
    checks.close(
        confusion(np.array([0, 0, 0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 1, 1, 1, 0, 2]), 3),
        right,
        "confusion([0, 0, 0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 1, 1, 0, 2], 3)",
        causes=[
            (right.T, "rows and columns are exchanged: the row is the true class."),
            (right > 0, "each cell is set or increased only once, however many photos belong "
             "there. (`counts[labels, predictions] += 1` does that: NumPy adds 1 once per cell.)"),
            (right / 8, "shares were asked for nowhere; count photos."),
            (right / right.sum(axis=1, keepdims=True), "the rows were divided by their sums."),
            (np.diag(np.diag(right)), "only the right answers were counted."),
            (np.tile(right.sum(axis=0), (3, 1)), "all rows are one and the same list: "
             "`[[0] * 3] * 3` repeats a row, it does not make three of them."),
        ],
        otherwise="one possibility is that photos are counted in the wrong cell, or not at all.",
    )  # fmt: skip
    checks.close(
        confusion([0, 2], [0, 0], 4),
        [[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]],
        "confusion([0, 2], [0, 0], 4)",
        otherwise="a class that does not occur among these photos has no row or column.",
    )
    ### BEGIN HIDDEN TESTS
    checks.close(
        confusion([1, 0, 1], [1, 1, 1], 2),
        [[0, 1], [0, 2]],
        "confusion([1, 0, 1], [1, 1, 1], 2)",
        otherwise="it is right for the photos above; is something fixed that should be counted?",
    )
    random = checks.fresh_random()
    for classes in (2, 7):
        some_labels, some_guesses = random.integers(0, classes, (2, 300))
        checks.close(
            confusion(some_labels, some_guesses, classes),
            metrics.confusion_matrix(some_labels, some_guesses, labels=range(classes)),
            f"confusion of 300 random answers in {classes} classes",
            otherwise="it is right for a few photos; is something fixed that should be counted?",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# Your matrix of the detector, beside scikit-learn's:

# %%
matrix = confusion(bird_validation.astype(int), alarms.astype(int), 2)
print(matrix)
print("the same as scikit-learn's:", np.array_equal(
    matrix, metrics.confusion_matrix(bird_validation, alarms)
))  # fmt: skip

# %% [markdown]
# Read the lower row. These are all the birds, and the left number in it is the birds that got away. Divide it
# by the sum of the row: would you stand on that runway?

# %% [markdown]
# ## Precision and recall
#
# Two questions, and each has its own denominator:
#
# - **Recall**: of the birds that were there, which share was found? Divide the hits by the sum of the
#   **row**.
# - **Precision**: of the alarms that were raised, which share was right? Divide the hits by the sum of the
#   **column**.
#
# The useless detector raises no alarm at all. **Predict:** what are its recall and its precision for the
# class *bird*?

# %%
guess_recall = predictions.guess("06", "recall of never saying bird", ..., low=0, high=1)

# %% [markdown]
# ### Exercise 2: precision and recall of every class
#
# From a confusion matrix (rows true, columns predicted; list or array), compute precision and recall for
# every class. A class that is never predicted has a precision of 0/0, a class without photos a recall of 0/0.
# By convention, give 0 there, not NaN.

# %% [markdown] hints="precision_and_recall"
# Write `[[8, 2], [1, 4]]` on paper, with the sums of the rows at the right and the sums of the columns below.
# Which of these sums counts the photos that *are* in class 1, and which those that were *called* class 1? Now
# do both divisions for class 1 and compare with what your function says.
#
# `np.diag` picks out the hits of all classes at once. `.sum(axis=…)` adds up along an axis; print it for both
# axes and see on a small matrix which of the two sums up the rows. It needs an array, so turn a list into one
# first. Then whole arrays can be divided; no loop over classes is needed.
#
# Where 0 stands below the line, the hits above it are 0 as well. So there, and only there, you may put any
# other number below the line and get the 0 that is wanted. All other denominators, a 1 included, have to stay
# exactly as they are. `np.where` or `np.maximum` can do that.


# %% solution="precision_and_recall"
def precision_and_recall(matrix):
    """Return (precision, recall), each of shape (classes,); 0 where there is nothing to divide."""
    ### BEGIN SOLUTION
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    predicted, actual = matrix.sum(axis=0), matrix.sum(axis=1)
    # A denominator of 0 means that the numerator is 0 too: any other denominator gives the 0 we want.
    return hits / np.maximum(predicted, 1), hits / np.maximum(actual, 1)
    ### END SOLUTION


# %% checks="precision_and_recall" points=3
import numpy as np
from sklearn import metrics

from course_lib import checks

with checks.exercise("Exercise 2", lesson="06"), np.errstate(divide="ignore", invalid="ignore"):
    answer = precision_and_recall([[5, 0], [3, 2]])
    checks.true(
        isinstance(answer, tuple | list | np.ndarray)
        and len(answer) == 2
        and not (isinstance(answer, np.ndarray) and answer.ndim == 1),
        f"precision_and_recall gave one object of type {type(answer).__name__}, not two arrays.",
        "only one of the two is returned. End with `return precision, recall`.",
    )
    checks.close(
        answer[0],
        [0.625, 1.0],
        "The precision for [[5, 0], [3, 2]]",
        causes=[
            ([1.0, 0.4], "this is recall: the sums of the rows stand below the line, or the two "
             "are returned in the wrong order."),
            ([0.5, 0.2], "the hits were divided by all photos."),
            ([0.0, 1.0], "`//` cuts off what stands behind the decimal point."),
            (0.8125, "the mean over the classes was taken; every class has its own."),
            (0.625, "only the first class was computed."),
            (1.0, "only the second class was computed."),
        ],
        otherwise="one possibility is that something is added to the hits or to the sum below "
        "the line.",
    )  # fmt: skip
    checks.close(
        answer[1],
        [1.0, 0.4],
        "The recall for [[5, 0], [3, 2]]",
        causes=[
            ([0.625, 1.0], "this is precision: the sums of the columns stand below the line."),
            ([0.5, 0.2], "the hits were divided by all photos."),
            ([1.0, 0.2], "something else than the sum of the row stands below the line."),
            (1.0, "only the first class was computed."),
            (0.4, "only the second class was computed."),
        ],
        otherwise="the precision is right. What does recall divide the hits by?",
    )
    checks.close(
        precision_and_recall(np.array([[9, 0], [1, 0]])),
        [[0.9, 0.0], [1.0, 0.0]],
        "precision_and_recall([[9, 0], [1, 0]]), where class 1 is never predicted,",
        causes=[
            ([[0.9, np.nan], [1.0, 0.0]], "0/0 was left as NaN."),
            ([[0.9, 1.0], [1.0, 0.0]], "0/0 was set to 1."),
        ],
        otherwise="look at what your code does where nothing is predicted.",
    )
    ### BEGIN HIDDEN TESTS
    checks.close(
        precision_and_recall([[1, 1], [0, 1]]),
        [[1.0, 0.5], [0.5, 1.0]],
        "precision_and_recall([[1, 1], [0, 1]])",
        otherwise="is a number fixed in your code, such as a smallest denominator? Class 0 is "
        "predicted just once here, and class 1 has just one photo.",
    )
    checks.close(
        precision_and_recall([[2, 0, 2], [0, 0, 0], [0, 1, 3]]),
        [[1.0, 0.0, 0.6], [0.5, 0.0, 0.75]],
        "precision_and_recall([[2, 0, 2], [0, 0, 0], [0, 1, 3]])",
        otherwise="a third class, one that has no photos, or one that is never predicted rightly, "
        "goes wrong.",
    )
    random = checks.fresh_random()
    for classes in (2, 6):
        some_labels, some_guesses = random.integers(0, classes, (2, 200))
        counts = metrics.confusion_matrix(some_labels, some_guesses, labels=range(classes))
        checks.close(
            precision_and_recall(counts.tolist()),
            metrics.precision_recall_fscore_support(
                some_labels, some_guesses, labels=range(classes), zero_division=0
            )[:2],
            f"precision_and_recall of a random matrix with {classes} classes",
            otherwise="it is right for a few photos; is something fixed in your code?",
        )
    ### END HIDDEN TESTS

# %%
precision, recall = precision_and_recall(matrix)
print(f"yours:         precision {precision[1]:.3f}, recall {recall[1]:.3f} for birds")
print(
    f"scikit-learn:  precision {metrics.precision_score(bird_validation, alarms):.3f}, "
    f"recall {metrics.recall_score(bird_validation, alarms):.3f}"
)
guess_recall.came_out(metrics.recall_score(bird_validation, never))

# %% [markdown]
# The accuracy looked comfortable, and the recall says how many birds it is made without. The useless detector
# has a recall of 0, and its precision is 0/0: it was never wrong about an alarm, because it raised none.
# **Each of the two alone can be bought**: always raising the alarm gives a recall of 1; raising it just once,
# for an unmistakable bird, gives a precision of 1. Quote them together, or not at all.

# %% [markdown]
# ## What `keras.metrics.Recall` counts
#
# Metrics of the same name may count different things. For a classifier of several classes, train the head
# that many articles use on the features, for all ten classes, and ask Keras for recall in the way that
# suggests itself.

# %%
keras.utils.set_random_seed(0)
head = finetuning.textbook_head(f_train.shape[1], 10)
head.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
head.fit(f_train, y_train, epochs=10, batch_size=128, verbose=0)
probabilities = head.predict(f_validation, verbose=0)
guesses = probabilities.argmax(axis=1)

# %% [markdown]
# Start with one photo and three classes. The true class is 0, and it has the largest probability, so the
# answer is right. **Predict:** what will `Recall()` say?

# %%
guess_keras = predictions.guess("06", "Keras' Recall() of one photo", ..., low=0, high=1)

# %%
one_label = [[1, 0, 0]]
one_answer = [[0.40, 0.35, 0.25]]
keras_recall = keras.metrics.Recall()
keras_recall.update_state(one_label, one_answer)
guess_keras.came_out(float(keras_recall.result()))
float(keras_recall.result())

# %% [markdown]
# Zero. `Recall()` knows nothing of "the largest": it asks of every single number whether it is **above 0.5**.
# So a right answer that is not sure enough counts as a miss. `Precision()` uses the same rule, and unsure
# answers drop out of it, the wrong ones more often than the right ones. Here are both on the validation
# photos:


# %%
def keras_metric(metric, labels, outputs):
    """Return what a Keras metric says about labels and outputs of shape (N, classes)."""
    metric.update_state(labels, outputs)
    return float(metric.result())


one_hot = np.eye(10)[y_validation]
ten_classes = confusion(y_validation, guesses, 10)
precision, recall = precision_and_recall(ten_classes)
print(f"accuracy                         {(guesses == y_validation).mean():.3f}")
print(
    f"Recall()                         {keras_metric(keras.metrics.Recall(), one_hot, probabilities):.3f}"
)
print(
    f"Precision()                      {keras_metric(keras.metrics.Precision(), one_hot, probabilities):.3f}"
)
for name, metric in {
    "Recall(class_id=BIRD)         ": keras.metrics.Recall(class_id=BIRD),
    "Recall(class_id=BIRD, top_k=1)": keras.metrics.Recall(class_id=BIRD, top_k=1),
}.items():
    print(f"{name}   {keras_metric(metric, one_hot, probabilities):.3f}")
print(f"your recall of birds             {recall[BIRD]:.3f}")

# %% [markdown]
# With `top_k=1` the largest output counts, and Keras agrees with you. Between `Recall()` and the accuracy the
# gap is small here, because this head is sure of nearly everything it says (too sure, as lesson 07 shows). For
# a model that is more modest it is larger, with the very same answers. Keras also refuses or accepts
# different shapes of labels: `Recall` and `F1Score` want one-hot rows for several classes, `accuracy` finds
# out by itself. When a metric surprises you, compute it from the confusion matrix.

# %% [markdown]
# ## F1, and three ways to average it
#
# F1 is the *harmonic* mean of precision P and recall R: F1 = 2·P·R / (P + R), or, in counts, 2·hits / (2·hits
# + misses + false alarms). It is near the smaller of the two, so it cannot be bought with one of them. Every
# class has its own F1; for several classes people quote an average, and there are three:
#
# | average | what is done | who decides |
# |---|---|---|
# | **macro** | mean of the classes' F1 | every class equally, rare ones too |
# | **weighted** | mean of the classes' F1, weighted by their numbers of photos | the frequent classes |
# | **micro** | hits, misses and false alarms added up over all classes, then one F1 | every photo equally |
#
# **Predict:** which of the three will notice when a rare class is never found? And one of them is an old
# acquaintance under another name: which one, and whose?

# %%
AVERAGES = ("macro", "weighted", "micro")
guess_notices = predictions.guess("06", "notices a rare class", ..., among=AVERAGES)
guess_old = predictions.guess("06", "known by another name", ..., among=AVERAGES)

# %% [markdown]
# ### Exercise 3: the averages of F1
#
# From a confusion matrix (rows true, columns predicted), compute the three averages. A class with neither
# hits, nor misses, nor false alarms has an F1 of 0, and it takes part in the mean. Your function from
# exercise 2 may help.

# %% [markdown] hints="f1_averages"
# Build it in two stages and look in between: first the F1 of every class, an array, then the averages. Print
# that array for a small matrix. Does each value lie between precision and recall of its class? Two of the
# three averages start from it, and one doesn't use it at all.
#
# Three arrays hold all you need, with one number for each class: the hits on the diagonal, the misses (the
# rest of the row) and the false alarms (the rest of the column). F1 written in these counts divides only
# once, so there is only one place where 0/0 can lurk. For what kind of class does it?
#
# With the array `f1` in hand, macro is its plain mean. For weighted, multiply each entry by the number of
# true photos of its class, add up, and divide by what all those weights add up to. For micro, turn each of
# the three arrays of counts into one number before you touch the formula.


# %% solution="f1_averages"
def f1_averages(matrix):
    """Return {"macro": …, "weighted": …, "micro": …}."""
    ### BEGIN SOLUTION
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    false_alarms = matrix.sum(axis=0) - hits
    misses = matrix.sum(axis=1) - hits
    f1 = 2 * hits / np.maximum(2 * hits + misses + false_alarms, 1)
    all_hits = hits.sum()
    return {
        "macro": f1.mean(),
        "weighted": (f1 * matrix.sum(axis=1)).sum() / matrix.sum(),
        "micro": 2 * all_hits / (2 * all_hits + misses.sum() + false_alarms.sum()),
    }
    ### END SOLUTION


# %% checks="f1_averages" points=3
import numpy as np
from sklearn import metrics

from course_lib import checks


def checked_averages(matrix, what):
    """Call the learner's function and look at the form of its answer."""
    answer = f1_averages(matrix)
    form = answer if isinstance(answer, dict) else f"an object of type {type(answer).__name__}"
    checks.true(
        isinstance(answer, dict) and set(answer) == {"macro", "weighted", "micro"},
        f"{what} gave {form}; a dictionary with exactly the keys macro, weighted and micro is needed.",
        "a key is missing or spelled differently, or the averages are returned without keys.",
    )
    return answer


with checks.exercise("Exercise 3", lesson="06"), np.errstate(divide="ignore", invalid="ignore"):
    what = "f1_averages([[6, 2, 0], [1, 5, 0], [2, 0, 4]])"
    answer = checked_averages([[6, 2, 0], [1, 5, 0], [2, 0, 4]], what)
    checks.close(
        answer["macro"], 0.758371, f'{what}["macro"]',
        causes=[
            (0.75, "this is the micro average."),
            (0.753122, "this is the weighted average."),
            (0.771208, "you averaged precision and recall over the classes first, and took F1 of "
             "the means."),
            (0.771825, "F1 is the harmonic mean of precision and recall; this is the plain mean."),
            (0.379186, "a factor 2 is missing above the line."),
            (0.612374, "the hits count twice in F1, above the line and below. Without that, this is "
             "another metric (the Jaccard index)."),
        ],
        otherwise="one possibility is that misses and false alarms don't both count.",
    )  # fmt: skip
    checks.close(
        answer["weighted"], 0.753122, f'{what}["weighted"]',
        causes=[
            (0.758371, "this is the macro average."),
            (0.75, "this is the micro average."),
            (0.746878, "the weights are the numbers of predictions; they should be those of true "
             "photos."),
            (15.062443, "the weights have to add up to 1."),
            (5.020814, "the weights have to add up to 1."),
        ],
        otherwise="F1 of the classes is right. What does each of them weigh?",
    )  # fmt: skip
    checks.close(
        answer["micro"], 0.75, f'{what}["micro"]',
        causes=[
            (0.758371, "this is the macro average: add up the counts first, then divide once."),
            (0.753122, "this is the weighted average: add up the counts first, then divide once."),
        ],
        otherwise="are hits, misses and false alarms all added up over the classes, before the "
        "division?",
    )  # fmt: skip
    what = "f1_averages([[9, 0], [1, 0]])"
    answer = checked_averages(np.array([[9, 0], [1, 0]]), what)
    for name, value in {"macro": 0.473684, "weighted": 0.852632, "micro": 0.9}.items():
        checks.close(
            answer[name], value, f'{what}["{name}"], where class 1 is never predicted,',
            causes=[
                (np.nan, "0/0 was not replaced by 0."),
                (0.947368, "the class that is never predicted was left out of the mean."),
            ],
            otherwise="look at what your code does where nothing is predicted.",
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    what = "f1_averages([[3, 1, 0], [1, 3, 0], [0, 0, 0]])"
    answer = checked_averages([[3, 1, 0], [1, 3, 0], [0, 0, 0]], what)
    for name, value in {"macro": 0.5, "weighted": 0.75, "micro": 0.75}.items():
        checks.close(
            answer[name], value, f'{what}["{name}"]',
            causes=[
                (np.nan, "0/0 was not replaced by 0."),
                (0.75, "the class without photos and predictions was left out of the mean; its F1 "
                 "of 0 takes part."),
            ],
            otherwise="it is right for the matrices above; is something fixed in your code?",
        )  # fmt: skip
    random = checks.fresh_random()
    some_labels = random.choice(5, 400, p=[0.6, 0.2, 0.1, 0.1, 0.0])
    noise = random.choice(5, 400, p=[0.4, 0.3, 0.3, 0.0, 0.0])
    some_guesses = np.where(random.random(400) < 0.6, some_labels, noise)
    counts = metrics.confusion_matrix(some_labels, some_guesses, labels=range(5))
    answer = checked_averages(counts, "f1_averages of a random matrix with 5 classes")
    for name in answer:
        checks.close(
            answer[name],
            metrics.f1_score(
                some_labels, some_guesses, labels=range(5), average=name, zero_division=0
            ),
            f'f1_averages of a random matrix with 5 classes, one of them empty, at "{name}",',
            causes=[(np.nan, "0/0 was not replaced by 0.")],
            otherwise="it is right for two and three classes; is something fixed in your code?",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# First the agreement with scikit-learn and Keras on the ten classes; then the detector that never says
# *bird*.

# %%
yours = f1_averages(ten_classes)
print("           yours  scikit-learn  Keras")
for average, value in yours.items():
    from_sklearn = metrics.f1_score(y_validation, guesses, average=average)
    from_keras = keras_metric(keras.metrics.F1Score(average=average), one_hot, probabilities)
    print(f"{average:<9}  {value:.3f}         {from_sklearn:.3f}  {from_keras:.3f}")
print(f"accuracy   {(guesses == y_validation).mean():.3f}")
guess_old.came_out(min(yours, key=lambda name: abs(yours[name] - (guesses == y_validation).mean())))

# %%
for name, said in {"never a bird": never, "the detector": alarms}.items():
    averages = f1_averages(confusion(bird_validation.astype(int), said.astype(int), 2))
    print(name, {average: round(float(value), 3) for average, value in averages.items()})
    if said is never:
        guess_notices.came_out(min(averages, key=averages.get))

# %% [markdown]
# The old acquaintance: **micro-F1 is the accuracy** whenever each photo has one class and gets one answer.
# Every wrong answer is a miss for one class and a false alarm for another, so the sums are equal. A report
# that gives both has given one number twice. And the *weighted* average of the useless detector still looks
# respectable; only *macro* shows that one class is lost. Which average was used is part of the number: "F1 =
# 0.9" alone says nothing.

# %% [markdown]
# ## Scores and thresholds
#
# The detector gives a score; the alarm at 0.5 was our choice, or rather nobody's choice. Each threshold would
# be another detector with another precision and recall. Two curves show all of them at once. The **ROC
# curve** sets recall against the share of bird-less photos that raise an alarm. The **precision-recall
# curve** sets precision against recall.
#
# **Predict:** at a real airfield, not every tenth photo shows a bird but perhaps every hundredth. The photos
# without birds are of the same kinds, there are just eleven times as many. Does the area under the ROC curve
# rise, stay or fall? And what does the area under the other one do, which is called the *average precision*?

# %%
WAYS = ("rises", "stays", "falls")
guess_roc = predictions.guess("06", "area under the ROC curve", ..., among=WAYS)
guess_pr = predictions.guess("06", "average precision", ..., among=WAYS)

# %%
eleven_times_the_rest = np.where(bird_validation, 1, 11)
for area, its_guess in (
    (metrics.roc_auc_score, guess_roc),
    (metrics.average_precision_score, guess_pr),
):
    change = area(bird_validation, scores, sample_weight=eleven_times_the_rest)
    change -= area(bird_validation, scores)
    its_guess.came_out("stays" if abs(change) < 1e-6 else "rises" if change > 0 else "falls")
plots.ranking_curves(
    {
        "birds on 10 of 100 photos": (bird_validation, scores),
        "birds on 1 of 100 photos": (bird_validation, scores),
    },
    weights={"birds on 1 of 100 photos": eleven_times_the_rest},
    title="one detector, two airfields",
)

# %% [markdown]
# On the left the two curves lie on top of each other. Each axis looks at one true class only, so how frequent
# the classes are cancels. The area under it has a meaning: the probability that a bird gets a higher score
# than a photo without one. On the right the curve sinks as soon as there are any false alarms: the same
# detector, at the same recall, now raises eleven times as many of them for every bird that it finds. Nothing
# in the ROC curve would have warned you. In other words: recall and the ROC curve can travel to a place where
# the photos are of the same kinds; **precision can travel only together with the share of positives.**

# %% [markdown]
# ## Choosing the threshold by cost
#
# Curves don't decide anything. Somebody has to say what mistakes cost. Suppose that a missed bird costs ten
# times as much as a drive to the runway for nothing. Then every threshold has a price, and the best one is
# the cheapest.

# %% [markdown]
# ### Exercise 4: the cheapest threshold
#
# `labels` is a bool array (True = bird), `scores` an array of any real numbers, higher for likelier birds.
# The alarm is raised when `score >= threshold`. Return a threshold with the lowest total cost on these
# photos; when several cost the same, return any of them. Never raising the alarm can be the cheapest, too:
# then return a threshold above all scores (`np.inf`, for instance).

# %% [markdown] hints="cheapest_threshold"
# Write the price first and the search second: a few lines that say what the mistakes at *one* threshold cost.
# Try them on four photos that you can count by hand. Which photos pay `cost_of_miss`, which pay
# `cost_of_false_alarm`, and on which side stands a photo whose score equals the threshold?
#
# Imagine the scores 0.2, 0.5 and 0.9 and slide a threshold upwards past them. When does an alarm change, and
# what happens on the way from one score to the next? The answer tells you which thresholds are worth trying,
# and why no fixed grid suits all scores. And what lies beyond 0.9?
#
# `candidates = np.append(np.unique(scores), np.inf)` holds every threshold that can matter. Compute the cost
# of each, in the order of the candidates. `np.argmin` then says where the lowest cost stands. That is a
# position, neither a cost nor a threshold, so one small step is left.


# %% solution="cheapest_threshold"
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    """Return a threshold (a number) for which the mistakes cost least."""
    ### BEGIN SOLUTION
    labels, scores = np.asarray(labels).astype(bool), np.asarray(scores)
    # Between two neighbouring scores nothing changes, so the scores themselves are all the candidates.
    candidates = np.append(np.unique(scores), np.inf)
    costs = [
        cost_of_miss * np.sum(labels & (scores < threshold))
        + cost_of_false_alarm * np.sum(~labels & (scores >= threshold))
        for threshold in candidates
    ]
    return float(candidates[np.argmin(costs)])
    ### END SOLUTION


# %% checks="cheapest_threshold" points=3
import numpy as np

from course_lib import checks


def costs_of(threshold, labels, scores, cost_of_miss, cost_of_false_alarm):
    """Return what the mistakes at this threshold cost in all."""
    raised = scores >= threshold
    misses, false_alarms = np.sum(labels & ~raised), np.sum(~labels & raised)
    return cost_of_miss * misses + cost_of_false_alarm * false_alarms


def check_threshold(labels, scores, miss, false_alarm, lowest, situation, causes=()):
    """Call the learner's function and compare what its threshold costs with the lowest cost."""
    labels, scores = np.array(labels, dtype=bool), np.array(scores, dtype=float)
    what = f"cheapest_threshold with costs {miss} and {false_alarm}, {situation},"
    threshold = cheapest_threshold(labels.copy(), scores.copy(), miss, false_alarm)
    checks.true(
        isinstance(threshold, int | float | np.number | np.ndarray) and np.ndim(threshold) == 0,
        f"{what} gave an object of type {type(threshold).__name__}; one number is needed.",
        "the function has no `return`, or returns all the candidates.",
    )
    checks.true(not np.isnan(threshold), f"{what} gave NaN.", "a division of zero by zero.")
    cost = costs_of(threshold, labels, scores, miss, false_alarm)
    known = [reason for wrong, reason in causes if cost == wrong]
    untried = (
        "the cheapest threshold is not among those that you tried, or it is fixed in your code."
    )
    checks.true(
        bool(cost <= lowest + 1e-9),
        f"{what} gave {threshold:.4g}. The mistakes then cost {cost:g}; it can be had cheaper.",
        known[0] if known else untried,
    )


with checks.exercise("Exercise 4", lesson="06"):
    birds = [0, 0, 1, 0, 1, 0, 1, 1]
    between = np.array([0.05, 0.1, 0.2, 0.3, 0.35, 0.6, 0.7, 0.9])
    exchanged = (
        "the two costs are exchanged, or you look for the fewest mistakes or the best F1, whatever "
        "the mistakes cost."
    )
    half = "is it 0.5, or the threshold with the best accuracy or F1, whatever the mistakes cost?"
    formula = (
        "`>` where `>=` was agreed on, or a threshold from a formula for perfect probabilities "
        "instead of from what these photos cost."
    )
    check_threshold(
        birds, between, 10, 1, 2, "for eight photos",
        [(3, formula), (20, exchanged), (21, half), (11, half),
         (40, "the lowest cost was returned in place of its threshold, or the costs are exchanged.")],
    )  # fmt: skip
    check_threshold(
        birds, between, 1, 10, 2, "for eight photos",
        [(20, exchanged), (12, half), (11, half), (3, formula), (4, formula)],
    )  # fmt: skip
    check_threshold(
        birds, 100 * between - 70, 10, 1, 2, "for scores between -65 and 20",
        [(40, "only thresholds between 0 and 1 are tried."), (30, "only thresholds between 0 and 1 "
         "are tried."), (20, "only thresholds between 0 and 1 are tried.")],
    )  # fmt: skip
    check_threshold(
        [1, 0, 0, 0], [0.4, 0.6, 0.8, 0.9], 1, 1, 1, "for scores that are worse than nothing",
        [(2, "never raising the alarm is not considered."),
         (3, "never raising the alarm is not considered, or shares of each kind were weighed where "
          "photos have to be counted.")],
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    check_threshold(
        [1, 0, 1, 0], [0.9, 0.1, 0.3, 0.5], 10, 1, 1, "for four photos in no order",
        [(2, "the scores were sorted and the labels were not: they belong together."),
         (10, "the scores were sorted and the labels were not: they belong together.")],
    )  # fmt: skip
    check_threshold(
        [0, 0, 1, 1], [0.5, 0.5, 0.5, 0.8], 1, 1, 1, "for scores of which three are equal",
        [(2, "photos with the same score were counted apart; every threshold treats them alike.")],
    )  # fmt: skip
    check_threshold(
        [0, 0, 1, 1], [0.001, 0.002, 0.003, 1000], 5, 1, 0, "for the scores 0.001, 0.002, 0.003, 1000",
        [(2, "your candidates lie too far apart: no grid of thresholds is fine enough for all scores."),
         (5, "your candidates lie too far apart: no grid of thresholds is fine enough for all scores.")],
    )  # fmt: skip
    random = checks.fresh_random()
    for miss, false_alarm in ((10, 1), (1, 3), (2.5, 2.5)):
        many = random.random(200) < 0.3
        scored = np.round(random.normal(many * 1.0, 1.0), 1)  # rounded, so that many are equal
        lowest = min(
            costs_of(candidate, many, scored, miss, false_alarm)
            for candidate in np.arange(-80, 81) / 10 - 0.05
        )
        check_threshold(many, scored, miss, false_alarm, lowest, "for 200 random photos")
    ### END HIDDEN TESTS

# %% [markdown]
# On the validation photos: what each threshold costs, where yours lies, and where 0.5 does.

# %%
MISS, FALSE_ALARM = 10, 1


def cost_per_photo(labels, raised):
    """Return the mean cost of the mistakes, given where the alarm was raised."""
    return np.mean(MISS * (labels & ~raised) + FALSE_ALARM * (~labels & raised))


thresholds = np.linspace(0.005, 1, 200)
costs = [cost_per_photo(bird_validation, scores >= t) for t in thresholds]
threshold = cheapest_threshold(bird_validation, scores, MISS, FALSE_ALARM)
plots.lines(
    {"mistakes on the validation photos": (thresholds, costs)},
    marks={f"cheapest: {threshold:.3f}": threshold, "habit: 0.5": 0.5},
    xlabel="threshold",
    ylabel="cost per photo",
)

# %% [markdown]
# The curve adds up two kinds of mistakes. To see them apart, move the threshold through the scores. (The
# vertical axis is logarithmic: on an ordinary one the photos without birds would dwarf the birds. Where no
# slider appears, change `start` and run the cell again.)

# %%
from course_lib import explore


def at_threshold(value):
    """Draw the scores of both kinds of photos, the threshold, and what its mistakes cost."""
    above = scores >= value
    misses, false_alarms = np.sum(bird_validation & ~above), np.sum(~bird_validation & above)
    price = MISS * misses + FALSE_ALARM * false_alarms
    figure = plots.histograms(
        {"no bird": scores[~bird_validation], "bird": scores[bird_validation]},
        xlabel="score; from the line on, the alarm is raised",
        ylabel="photos",
        title=f"{misses} misses × {MISS} + {false_alarms} false alarms × {FALSE_ALARM} = {price}",
    )
    axes = figure.axes[0]
    axes.set_yscale("log")
    axes.axvline(value, color="black", linewidth=2)
    axes.legend(loc="upper right")
    return figure


explore.slider(at_threshold, [step / 50 for step in range(1, 50)], start=0.5, label="threshold")

# %% [markdown]
# Two places to look for. Where are there the fewest mistakes, misses and false alarms counted alike, and how
# many birds get away there? And going left from 0.5, you find more birds and pay for them with false alarms:
# how many for each bird in the first steps, and how many in the last? From where on is a bird too dear at our
# prices?

# %%
for name, value in {"0.5": 0.5, "the cheapest": threshold, "never": np.inf}.items():
    above = scores >= value
    print(
        f"threshold {name:<13} cost per photo {cost_per_photo(bird_validation, above):.3f}, "
        f"recall {metrics.recall_score(bird_validation, above):.3f}, "
        f"precision {metrics.precision_score(bird_validation, above, zero_division=0):.3f}, "
        f"accuracy {metrics.accuracy_score(bird_validation, above):.3f}"
    )

# %% [markdown]
# The cheapest threshold buys recall with false alarms. Compare the accuracies in the last column before you
# ever again choose between detectors by accuracy.
#
# Two warnings. The threshold was chosen **on these photos**, so its cost here is the lowest that could be
# found and probably a little too rosy; lesson 07 asks the test part. And it was chosen for birds on every
# tenth photo: where they are rarer, it has to be chosen anew. (Keras takes the threshold as an argument:
# `keras.metrics.Recall(thresholds=…)`.)

# %% [markdown]
# ### Written question
#
# Double-click the next cell and answer below the question.

# %% [markdown] written="report" points=3
# **Question.** A supplier offers a pretrained model that finds cracked parts; one part in 200 is cracked. The
# data sheet says: *accuracy 99.2 %, ROC-AUC 0.98, weighted F1 0.992, measured on 400 parts.* What do you know
# now, and what don't you know? Name at least three questions that you would ask before you buy, the most
# important one first, and say for each what answer would make you walk away.
#
# ### BEGIN SOLUTION
# A good answer sees through the three numbers and asks for the ones that are missing. One point for the
# accuracy: a model that never reports a crack has 99.5 %, so 99.2 % is less than nothing. One point for what
# the other two hide: the weighted F1 follows the frequent class (and micro-F1 would only repeat the
# accuracy), while ROC-AUC ignores how rare cracks are and says nothing about the false alarms for each
# crack. One point for three questions with a reason for their order, each with an answer that ends the talk:
# how many of the 400 parts were cracked (about two, if the mix is the real one, so that no recall can be
# measured; walk away from a handful); recall and precision of cracks at the threshold that would be used;
# what a miss and a false alarm cost, and for which costs and on which parts the threshold was chosen; whether
# the 400 were parts like mine, and whether any of them had been trained on.
# ### END SOLUTION

# %% [markdown]
# ## What you had expected
#
# Your guesses, beside what came out. The one that is farthest off deserves a minute of your time.

# %%
predictions.review("06")

# %% [markdown]
# ## Recap
#
# - Accuracy needs a baseline: the rarer the thing that you look for, the better the useless detector looks.
# - Start from the confusion matrix. Recall divides by the row, precision by the column; quote both.
# - `keras.metrics.Recall()` and `Precision()` ask what is above 0.5; `top_k=1` asks what is largest.
# - Micro-F1 *is* accuracy; weighted F1 follows the frequent classes; macro F1 sees the rare ones.
# - A ROC curve does not see how rare the positives are; a precision-recall curve does.
# - Choose the threshold by cost, on validation photos. It belongs to the model like its weights.
#
# **Read next**: Elkan, *The Foundations of Cost-Sensitive Learning* (2001); Saito and Rehmsmeier, *The
# Precision-Recall Plot Is More Informative than the ROC Plot When Evaluating Binary Classifiers on Imbalanced
# Datasets* (2015).
#
# **Next**: you can compute every one of these numbers now. Lesson 07 asks when to believe them.
