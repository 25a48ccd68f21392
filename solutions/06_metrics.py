# %% [markdown]
# # 06 · Metrics: what a number says, and what it hides
#
# **You will be able to**
#
# - build the confusion matrix, precision, recall and F1 yourself, and say where each of them misleads;
# - choose a threshold by what mistakes cost, instead of leaving it at 0.5;
# - see whether a model's confidence can be believed, and mend it;
# - put an interval on any metric, and compare two models on the same photos;
# - find leaks between training and test data before they flatter you.
#
# **You need** lesson 00. Lesson 05 helps: the features used here are explained there.
#
# **Time**: about {minutes} minutes of yours; two minutes of a laptop with two cores and no GPU.

# %% [markdown]
# ## Set-up

# %%
from course_lib import environment

environment.start()

# %%
import keras
import numpy as np
from scipy import optimize, special
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib import backbones, checks, data, evaluation, feature_extraction, finetuning, plots

keras.utils.set_random_seed(0)

# %% [markdown]
# ## The task: is it a bird?
#
# Birds and jet engines don't mix. Imagine a camera at the edge of an airfield whose photos are to be sorted
# into *bird* and *no bird*. We play this with CIFAR-10 (Krizhevsky 2009), which has ten classes, one of them
# birds. Its photos come in three parts: one to train on, one to make choices with, and a test part that stays
# sealed until everything is decided.

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
never = np.zeros(len(bird_validation), dtype=bool)
print(f"accuracy of never saying bird: {metrics.accuracy_score(bird_validation, never):.3f}")

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
one_label = [[1, 0, 0]]
one_answer = [[0.40, 0.35, 0.25]]
keras_recall = keras.metrics.Recall()
keras_recall.update_state(one_label, one_answer)
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
# gap is small here, because this head is sure of nearly everything it says (too sure, as we shall see). For a
# model that is more modest it is larger, with the very same answers. Keras also refuses or accepts different
# shapes of labels: `Recall` and `F1Score` want one-hot rows for several classes, `accuracy` finds out by
# itself. When a metric surprises you, compute it from the confusion matrix.

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

# %%
for name, said in {"never a bird": never, "the detector": alarms}.items():
    averages = f1_averages(confusion(bird_validation.astype(int), said.astype(int), 2))
    print(name, {average: round(float(value), 3) for average, value in averages.items()})

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
# without birds are of the same kinds, there are just eleven times as many. What happens to the left curve,
# and what to the right one?

# %%
eleven_times_the_rest = np.where(bird_validation, 1, 11)
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
# found and probably a little too rosy; the test part will tell. And it was chosen for birds on every tenth
# photo: where they are rarer, it has to be chosen anew. (Keras takes the threshold as an argument:
# `keras.metrics.Recall(thresholds=…)`.)

# %% [markdown]
# ## Can the scores be believed? Calibration
#
# If a score were a true probability *p*, no search would be needed. Not raising the alarm costs *p* · 10 on
# average, raising it costs (1 − *p*) · 1, so the alarm pays from *p* = 1 / (1 + 10) on (Elkan 2001).
# **Calibrated** means just that: of all answers given with a confidence of 80 %, about 80 % are right.
#
# A **reliability diagram** checks it: sort the answers into bins by confidence and see which share is right
# in each. On the dotted line a model is as sure as it is right; below, it is too sure. **Predict:** where
# does the head for ten classes lie, which was trained until it knew most of its training photos by heart?

# %%
confidence = probabilities.max(axis=1)
correct = guesses == y_validation
plots.reliability({"head, ten classes": (confidence, correct)})

# %% [markdown]
# Below the line, and most of its answers crowd at the right end. It says "certain" about photos that it gets
# wrong. The mean distance from the line, each bin weighted by its number of answers, is called the **expected
# calibration error** (ECE):


# %%
def expected_calibration_error(confidence, right, bins=10):
    """Return the mean of |share of right answers − mean confidence| over the bins, by their size."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )


# What would a perfectly calibrated model with these confidences get? Toss a coin for every answer.
random = np.random.default_rng(0)
tossed = [
    expected_calibration_error(confidence, random.random(len(confidence)) < confidence)
    for _ in range(100)
]
print(f"mean confidence {confidence.mean():.3f}, accuracy {correct.mean():.3f}")
print(f"expected calibration error           {expected_calibration_error(confidence, correct):.3f}")
print(f"the same, if it were well calibrated {np.mean(tossed):.3f}")

# %% [markdown]
# The last line is worth remembering: even a perfect model does not reach 0 on a finite number of photos. An
# ECE says something only beside that noise, and only with its number of bins.
#
# The cure is surprisingly small (Guo and others 2017): divide the inputs of the softmax, the *logits*, by one
# number T, the **temperature**. It is fitted on photos that were not trained on. **Predict:** what does that
# do to the accuracy?

# %%
logits = np.log(probabilities.astype(np.float64) + 1e-12)  # up to a constant, which softmax ignores
first_half = np.arange(len(y_validation)) < len(y_validation) // 2


def loss_at(temperature):
    """Return the cross-entropy on the first half of the validation photos."""
    softened = special.softmax(logits[first_half] / temperature, axis=1)
    return metrics.log_loss(y_validation[first_half], softened, labels=np.arange(10))


temperature = optimize.minimize_scalar(loss_at, bounds=(0.1, 20), method="bounded").x
softened = special.softmax(logits / temperature, axis=1)
print(f"temperature {temperature:.2f}")
print(f"answers that changed: {np.sum(softened.argmax(axis=1) != guesses)}")

# %% [markdown]
# None: dividing by T keeps the order. Whether it helps has to be seen on photos that T was not fitted on, the
# second half:

# %%
rest = ~first_half
plots.reliability(
    {
        "as trained": (confidence[rest], correct[rest]),
        f"with temperature {temperature:.2f}": (softened.max(axis=1)[rest], correct[rest]),
    }
)

# %%
for name, values in {"as trained": probabilities, "with temperature": softened}.items():
    error = expected_calibration_error(values.max(axis=1)[rest], correct[rest])
    found = keras_metric(keras.metrics.Recall(), one_hot[rest], values[rest])
    same = metrics.accuracy_score(y_validation[rest], values[rest].argmax(axis=1))
    print(f"{name:<17} ECE {error:.3f}   accuracy {same:.3f}   keras Recall() {found:.3f}")

# %% [markdown]
# Same answers, same accuracy, honest confidences; and `Recall()`, with its fixed 0.5, falls because the model
# has become *more* honest. (The small marks stand for bins with a few answers; where they lie means little.)
#
# Back to the detector. Is its score, a logistic regression's, near enough to a probability for the formula?
# Compare the formula's threshold with the searched one.

# %%
by_formula = FALSE_ALARM / (FALSE_ALARM + MISS)
for name, value in {"formula": by_formula, "search": threshold, "habit": 0.5}.items():
    cost = cost_per_photo(bird_validation, scores >= value)
    print(f"{name:<8} threshold {value:.3f}   cost per photo {cost:.3f}")

# %% [markdown]
# The search cannot lose here: it was allowed to look at these photos. What counts is the distance of both
# from the habit.

# %% [markdown]
# ## Slices: for whom does the number hold?
#
# A metric is a mean, and a mean hides parts. Which kinds of photos cause the false alarms? We know the true
# classes, so look at each of the nine others. **Predict:** which of them look like a bird to the detector:
# animals, or things that fly?
#
# Each slice holds a hundred photos only, so every share gets an interval, by the **bootstrap**: draw as many
# photos as there are, *with replacement*, compute the metric on them, repeat a thousand times, and take the
# range of the middle 95 %.


# %%
def share_of_alarms(labels, raised):
    """Return the share of photos with an alarm; on photos without birds each is a false one."""
    return np.mean(raised)


raised = scores >= threshold
others = {
    name: y_validation == number for number, name in enumerate(cifar.class_names) if number != BIRD
}
by_class = evaluation.metric_by_slice(share_of_alarms, bird_validation, raised, others)
overall = raised[~bird_validation].mean()
plots.intervals(
    by_class, xlabel="share with a false alarm", title=f"all photos without birds: {overall:.3f}"
)

# %% [markdown]
# Both, it turns out: some animals, and airplanes. For most classes the overall rate lies outside the
# interval; it is true of few. Road vehicles hardly ever raise an alarm, others do so many times as often. So
# the false alarms at your airfield depend on what walks past the camera, and the mix in the test set decides
# which number you read. (An airfield would look at the first row before all others.)
#
# Slices can also deceive. Cut the photos in enough ways, and some slice will stand out by chance: of twenty
# intervals of 95 %, one is expected to miss. Here are slices that mean nothing at all: the recall at the threshold
# 0.5, by the last digit of the photo's position in the file.

# %%
positions = np.arange(len(bird_validation)) % 10
meaningless = {f"…{digit}": bird_validation & (positions == digit) for digit in range(10)}
overall = metrics.recall_score(bird_validation, alarms)
plots.intervals(
    evaluation.metric_by_slice(share_of_alarms, bird_validation, alarms, meaningless),
    xlabel="recall of birds",
    title=f"all birds: {overall:.3f}",
)

# %% [markdown]
# Differences like these are what chance alone makes of about ten birds each. So decide **before** you look
# which slices matter, and give each its interval and its number of examples. (Should an interval shrink to a
# point, that is no certainty: where everything is found, every resample says 1, and the bootstrap has nothing
# to vary.)

# %% [markdown]
# ## Leakage, part one: the same photo on both sides
#
# A colleague is unhappy about the few birds and wants a balanced training set: "I take each bird nine times.
# Then I set a quarter aside for testing, at random, as one should." **Predict:** what will the recall be on
# that quarter, and what on photos that are really new?

# %%
random = np.random.default_rng(0)
repeated = np.concatenate([np.flatnonzero(~bird_train), np.repeat(np.flatnonzero(bird_train), 9)])
repeated = random.permutation(repeated)
quarter = len(repeated) // 4
held_out, kept = repeated[:quarter], repeated[quarter:]
leaky = logistic_regression().fit(f_train[kept], bird_train[kept])


def report(name, labels, answers):
    """Print recall and precision of birds."""
    print(
        f"{name:<26} recall {metrics.recall_score(labels, answers):.3f}, "
        f"precision {metrics.precision_score(labels, answers):.3f}"
    )


report("on the colleague's quarter", bird_train[held_out], leaky.predict(f_train[held_out]))
report("on the validation photos", bird_validation, leaky.predict(f_validation))

# %% [markdown]
# A dream, and a rude awakening. With nine copies of each bird scattered at random, nearly every bird of the
# quarter has a twin among the training photos, and recognising what you know by heart is no art. Nothing was
# wrong with the metric, the model or the random split. The order was wrong: **split first**, then repeat or
# augment the training part.

# %% [markdown]
# ### Exercise 5: find the twins
#
# Write the check that every data set deserves. Both arguments are `uint8` arrays of shape (N, height, width,
# 3). Return the positions of those photos in `other_images` that occur, exactly the same in every pixel,
# anywhere in `training_images`; in ascending order, as a list or an array (empty if there are none).
#
# Comparing everything with everything takes long for thousands of photos. `image.tobytes()` turns a photo
# into a value that can be put into a `set` and looked up at once.

# %% [markdown] hints="leaked"
# Try a case whose answer you know: `leaked(x_train[:5], x_train[[7, 2, 8, 2]])`. In which of the two arrays
# are the positions counted, and which ones must come out? Is the second copy of the same photo reported as
# well?
#
# Two walks are enough. The first goes over the training photos and remembers their bytes in a set. The second
# goes over the others and asks of each whether the set knows it; `enumerate` hands you the position along
# with the photo. Walk in order and the answer is sorted by itself.


# %% solution="leaked"
def leaked(training_images, other_images):
    """Return the ascending positions in `other_images` of photos that occur in training too."""
    ### BEGIN SOLUTION
    known = {image.tobytes() for image in training_images}
    return [index for index, image in enumerate(other_images) if image.tobytes() in known]
    ### END SOLUTION


# %% checks="leaked" points=2
import numpy as np

from course_lib import checks


def positions_from(answer, what):
    """Turn the learner's answer into a list of whole numbers."""
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    checks.true(
        isinstance(answer, list | tuple),
        f"{what} gave an object of type {type(answer).__name__}; a list or an array is needed.",
        "the function has no `return`, or the photos are counted.",
    )
    checks.true(
        all(np.ndim(p) == 0 and not isinstance(p, bool | np.bool_) for p in answer),
        f"{what} gave {answer}; a plain list of positions is needed.",
        "a mask of True and False, or the array of positions in a tuple or in columns, as `np.where` "
        "and `np.argwhere` give it (`np.flatnonzero` gives a plain array).",
    )
    return [int(position) for position in answer]


with checks.exercise("Exercise 5", lesson="06"):
    distinct = np.random.default_rng(5).integers(0, 256, (12, 4, 4, 3), dtype=np.uint8)
    training = distinct[:8]
    others = distinct[[9, 3, 10, 0, 3, 9, 11]]
    what = "leaked(...) where the photos 1, 3 and 4 of seven are in the training set"
    checks.equal(
        positions_from(leaked(training.copy(), others.copy()), what),
        [1, 3, 4],
        what,
        causes=[
            ([0, 3], "these are positions in the training set."),
            ([3, 0, 3], "these are positions in the training set."),
            ([1, 3], "a photo that leaks twice is reported once; both are in the way."),
            ([], "each photo is compared only with the one at the same position, or the same "
             "object is looked for instead of the same pixels."),
            ([0, 1, 2, 3, 4, 5, 6], "one equal pixel is enough for your comparison; all have to "
             "be equal."),
            ([4, 5], "twins within `other_images` are reported; those are no leak."),
            ([0, 2, 5, 6], "these are the photos that do not leak."),
        ],
        otherwise="one possibility is that photos are compared in a part of their pixels only.",
    )  # fmt: skip
    what = "leaked(...) for two sets without a common photo"
    checks.equal(
        positions_from(leaked(training.copy(), distinct[8:].copy()), what), [], what,
        otherwise="photos are reported that only resemble each other.",
    )  # fmt: skip
    mirrored = training[:, :, ::-1].copy()
    what = "leaked(...) for mirrored photos, which have the same pixels at other places,"
    checks.equal(
        positions_from(leaked(training.copy(), mirrored), what), [], what,
        otherwise="a sum or a mean was compared; it is the same for mirrored photos.",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    random = checks.fresh_random()
    pool = random.integers(0, 256, (400, 6, 5, 3), dtype=np.uint8)
    what = "leaked(...) for three photos, of which the last two are in the training set,"
    checks.equal(
        positions_from(leaked(pool[:2].copy(), pool[[2, 1, 0]]), what), [1, 2], what,
        otherwise="it is right for the photos above; is something fixed in your code?",
    )  # fmt: skip
    one_pixel = pool[:20].copy()
    one_pixel[:, 3, 2, 1] ^= 1
    others = np.concatenate([pool[300:], one_pixel, pool[random.permutation(300)[:30]]])
    order = random.permutation(len(others))
    wanted = np.flatnonzero(order >= 120)
    what = "leaked(...) for 150 random photos, of which 30 are in the training set and 20 nearly,"
    checks.equal(
        positions_from(leaked(pool[:300].copy(), others[order]), what), wanted.tolist(), what,
        otherwise="photos that differ in a single value are no exact twins.",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %%
twins = leaked(x_train[kept], x_train[held_out])
birds_held_out = np.flatnonzero(bird_train[held_out])
print(f"the colleague's split: {len(twins)} of {len(held_out)} photos have a twin in training,")
print(f"   among them {np.isin(birds_held_out, twins).sum()} of the {len(birds_held_out)} birds")
print(f"the course's split:    {len(leaked(x_train, x_validation))} of {len(x_validation)}")

# %% [markdown]
# Caught. Run such a check on every data set that you are given. But it only finds *exact* twins. A photo that
# was cropped, brightened or saved again as a JPEG escapes it. For those, compare **features** instead of
# pixels: the backbone gives nearly the same row of numbers to nearly the same photo. Here are the validation
# photos whose features are the most similar to those of some training photo.

# %%
unit_train = f_train / np.linalg.norm(f_train, axis=1, keepdims=True)
unit_validation = f_validation / np.linalg.norm(f_validation, axis=1, keepdims=True)
similarity = unit_validation @ unit_train.T  # the cosine of the angle between two rows
nearest = similarity.argmax(axis=1)
closest = similarity.max(axis=1)
suspects = np.argsort(-closest)[:8]
plots.image_grid(
    np.concatenate([x_validation[suspects], x_train[nearest[suspects]]]),
    [f"validation\n{closest[index]:.3f}" for index in suspects] + ["training"] * len(suspects),
    columns=len(suspects),
)

# %% [markdown]
# Look at them: several pairs are the same picture, shifted, cropped or coloured differently. This is no
# accident of our subset. Barz and Denzler (2020) went through all of CIFAR-10 and found such duplicates for
# 3.3 % of its test photos, eleven years after the data set had appeared. A handful among a thousand can move
# an accuracy by a fraction of a point only; whether it is a handful in your data you know after looking.
#
# The same goes for leaks without any duplicate: several photos of one patient, one machine, one day, divided
# between training and test. There the *group* has to stay on one side (scikit-learn's `GroupShuffleSplit` and
# `GroupKFold`).

# %% [markdown]
# ## Leakage, part two: choosing on the test part
#
# The second leak needs no photo in the wrong place. Train forty variants, each on 64 features drawn at
# random, so that there is no reason why one should be much better than another. Take 200 photos as a "test
# set", choose the variant with the best F1 on them, and report that F1. What would the chosen one do on new
# photos? For "new" we take the 800 remaining ones. **Predict** the difference.

# %%
random = np.random.default_rng(0)
variants = []
for _ in range(40):
    columns = random.choice(f_train.shape[1], 64, replace=False)
    variant = logistic_regression().fit(f_train[:, columns], bird_train)
    variants.append(variant.predict_proba(f_validation[:, columns])[:, 1] >= 0.2)
variants = np.array(variants)  # (40 variants, 1,000 photos): is the alarm raised?

# %% [markdown]
# One choice of 200 photos proves little, so we play the game 300 times with other ones.


# %%
def f1_of_all(photos):
    """Return the F1 of each variant on these photos."""
    hits = (variants[:, photos] & bird_validation[photos]).sum(axis=1)
    return 2 * hits / (variants[:, photos].sum(axis=1) + bird_validation[photos].sum())


random = np.random.default_rng(1)
reported, on_new_photos = [], []
for _ in range(300):
    shuffled = random.permutation(len(bird_validation))
    looked_at, new = shuffled[:200], shuffled[200:]
    winner = f1_of_all(looked_at).argmax()
    reported.append(f1_of_all(looked_at)[winner])
    on_new_photos.append(f1_of_all(new)[winner])

plots.histograms(
    {
        "reported: best of 40 on 200 photos": reported,
        "the same variant on new photos": on_new_photos,
    },
    xlabel="F1",
    ylabel="games",
)

# %%
fall = np.array(reported) - np.array(on_new_photos)
print(f"reported {np.mean(reported):.3f}, on new photos {np.mean(on_new_photos):.3f}")
print(f"the winner did worse on new photos in {np.mean(fall > 0):.0%} of the games")

# %% [markdown]
# The best of forty on a few photos is mostly the luckiest of forty. This is the **winner's curse**, and it
# strikes whoever chooses anything by the number that is then reported: the model, the epoch, the threshold,
# the slice. No check on the finished number reveals it. So the protection has to come beforehand: choose on
# validation photos, and lock the test part away.

# %% [markdown]
# ## Comparing two models on the same photos
#
# Back to honest work. We have a rival: the head for ten classes gives birds a probability too. Its threshold
# is chosen as the detector's was.

# %%
rival_scores = probabilities[:, BIRD]
rival_threshold = cheapest_threshold(bird_validation, rival_scores, MISS, FALSE_ALARM)
print(f"cheapest threshold: {threshold:.3f} for the detector, {rival_threshold:.3f} for the head")

# %% [markdown]
# Which is better? Both answered **the same** photos, so what counts is the difference on the same photos: a
# bird that both miss says nothing about which is better. Therefore one draws photos with replacement,
# computes *both* F1 on the same drawn photos, and notes the difference; then again, a thousand times. This is
# the paired bootstrap.

# %% [markdown]
# ### Exercise 6: the interval of a difference
#
# `labels`, `a` and `b` are bool arrays about the same photos: whether there is a bird, and what two detectors
# said. Return `(low, high)`, the range of the middle 95 % of *F1 of a minus F1 of b* over `resamples` draws
# of as many photos as there are, with replacement. Use `np.random.default_rng(seed)`, so that a second run
# gives the same.
#
# In counts, F1 is 2·hits / (birds + alarms). Computing it so is many times as fast as a library call, which
# matters when it is done some thousands of times.

# %% [markdown] hints="f1_difference_interval"
# Let a detector play against itself: `f1_difference_interval(bird_validation, raised, raised)`. Whatever is
# drawn, the difference must be 0. Then take two detectors that do differ and look at a histogram of your
# differences: its centre should be near the plain F1 of a minus F1 of b, sign included.
#
# A draw is an array of as many *positions* as there are photos, where some occur twice and others never. A
# generator's `integers` makes one; the upper limit itself is never drawn. One draw serves for everything in a
# round, since truth and both answers have to be about the same photos. Near its end, lesson 05 draws like
# this.
#
# The skeleton: make the generator once, from `seed`. In each of `resamples` rounds draw positions, pick those
# photos out of `labels`, `a` and `b`, compute two F1 from counts, and append their difference to a list.
# `np.percentile` then takes the list and two percentages. Which two leave 95 % between them?


# %% solution="f1_difference_interval"
def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    """Return (low, high): the 95 % bootstrap interval of F1(a) − F1(b)."""
    ### BEGIN SOLUTION
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        drawn = random.integers(0, len(labels), len(labels))
        birds, first, second = labels[drawn], a[drawn], b[drawn]
        f1_of_a = 2 * np.sum(birds & first) / (birds.sum() + first.sum())
        f1_of_b = 2 * np.sum(birds & second) / (birds.sum() + second.sum())
        differences.append(f1_of_a - f1_of_b)
    low, high = np.percentile(differences, [2.5, 97.5])
    return low, high
    ### END SOLUTION


# %% checks="f1_difference_interval" points=4
import numpy as np

from course_lib import checks


def with_mistakes(labels, missed, false_alarms):
    """Return answers that miss the first birds and raise alarms at the first photos without one."""
    answers = labels.copy()
    answers[np.flatnonzero(labels)[:missed]] = False
    answers[np.flatnonzero(~labels)[:false_alarms]] = True
    return answers


with checks.exercise("Exercise 6", lesson="06"):
    birds = np.arange(600) < 150
    good, poor = with_mistakes(birds, 30, 30), with_mistakes(birds, 48, 36)
    checks.close(
        f1_difference_interval(birds, good, good, resamples=50, seed=1),
        [0.0, 0.0],
        "The interval for a detector against itself",
        otherwise="the two F1 come from different draws; a detector can't differ from itself on "
        "the same photos.",
    )
    # 3,000 seeds: the low end is 0.0548 to 0.0600, the high end 0.1268 to 0.1352. The middle 90 %
    # begin at 0.0624 and end at 0.1237.
    answer = f1_difference_interval(birds, good, poor, resamples=3000, seed=1)
    checks.close(
        answer,
        [0.0574, 0.1305],
        "The interval for a with 30 misses and 30 false alarms, and b with 48 and 36,",
        causes=[
            ([-0.1305, -0.0574], "this is F1 of b minus F1 of a."),
            ([0.1305, 0.0574], "low and high are exchanged."),
            ([0.0152, 0.1719], "a and b are evaluated on different draws."),
            ([0.025, 0.0567], "this is the difference of the accuracies."),
            ([0.0917, 0.0917], "an interval without length: every draw is the whole set (draw with "
             "replacement), or the spread was divided by the number of draws."),
            ([0.0624, 0.1237], "these are the middle 90 %: 2.5 % on either side were asked for."),
            ([0.0730, 0.1104], "one standard deviation on either side is the middle 68 %."),
            ([0.0390, 0.1619], "smallest and largest, or a range far above 95 %."),
        ],
        otherwise="is every draw as large as the set, from birds and other photos alike, and the same for "
        "labels, a and b? And is it the middle 95 % of all draws, not smallest to largest?",
        rtol=0,
        atol=0.0048,
    )  # fmt: skip
    checks.true(
        np.array_equal(
            f1_difference_interval(birds, good, poor, resamples=20, seed=7),
            f1_difference_interval(birds, good, poor, resamples=20, seed=7),
        ),
        "Two calls with the same seed gave different intervals.",
        "`seed` is not used.",
    )
    ### BEGIN HIDDEN TESTS
    four_birds = np.ones(4, dtype=bool)
    for missed in (0, 3):
        _, high = f1_difference_interval(
            four_birds, four_birds.copy(), np.arange(4) != missed, resamples=200, seed=1
        )
        checks.true(
            bool(high > 0),
            f"The interval for four birds, of which b misses number {missed} and a none, ends at "
            f"{high:.4g}.",
            f"photo number {missed} is never drawn, or the interval is fixed in your code.",
        )
    random = checks.fresh_random()
    order = random.permutation(600)
    # 3,000 seeds: up to 0.0092 off; with the wrong sign it is 0.11 and more.
    checks.close(
        f1_difference_interval(
            birds[order], poor[order], good[order], resamples=400, seed=int(random.integers(1000))
        ),
        [-0.1305, -0.0574],
        "The interval for the same detectors with a and b exchanged, photos in another order,",
        causes=[
            ([0.0574, 0.1305], "the difference has a sign; when a is worse than b, it is below zero."),
        ],
        otherwise="is something fixed in your code, or does the order of the photos matter to it?",
        rtol=0,
        atol=0.02,
    )  # fmt: skip
    checks.true(
        not np.array_equal(
            f1_difference_interval(birds, good, poor, resamples=20, seed=1),
            f1_difference_interval(birds, good, poor, resamples=20, seed=2),
        ),
        "Two seeds gave exactly the same interval.",
        "the seed is fixed in the code.",
    )
    ### END HIDDEN TESTS

# %%
rival_raised = rival_scores >= rival_threshold
low, high = f1_difference_interval(bird_validation, raised, rival_raised)
print(f"validation, F1 of the detector − F1 of the head: [{low:.3f}, {high:.3f}]")

# %% [markdown]
# When the interval holds zero, these photos cannot tell the two apart, and the honest answer is "undecided",
# not "the one that happens to be ahead".

# %% [markdown]
# ## The test part, opened once
#
# Everything has been decided: two models and their thresholds. Now the seal is broken, for one purpose.

# %%
PURPOSE = "the final comparison of lesson 06"
x_test, y_test = cifar.test.open_for(PURPOSE)
bird_test = y_test == BIRD
f_test = feature_extraction.cached_features(extractor, x_test)
test_scores = detector.predict_proba(f_test)[:, 1]
test_probabilities = head.predict(f_test, verbose=0)
print(f"exact twins of training or validation photos in the test part: "
      f"{len(leaked(np.concatenate([x_train, x_validation]), x_test))}")  # fmt: skip

# %%
answers = {
    "detector at 0.5": test_scores >= 0.5,
    "detector, chosen threshold": test_scores >= threshold,
    "head, chosen threshold": test_probabilities[:, BIRD] >= rival_threshold,
}
four_metrics = {
    "accuracy": metrics.accuracy_score,
    "recall": lambda labels, raised: metrics.recall_score(labels, raised, zero_division=0),
    "precision": lambda labels, raised: metrics.precision_score(labels, raised, zero_division=0),
    "cost per photo": cost_per_photo,
}
for metric_name, metric in four_metrics.items():
    print(metric_name)
    for name, given in answers.items():
        interval = evaluation.metric_interval(metric, bird_test, given, resamples=300)
        print(f"   {name:<27} {metric(bird_test, given):.3f}  {interval}")

# %% [markdown]
# Read it metric by metric, and ask at each: which of the three would I choose by this number alone? By
# accuracy, the detector that misses the most birds. The interval of recall is wider than that of accuracy for
# each of the three, and several times as wide for the first, because only the birds count in it: **the number
# that matters rests on the fewest photos.** And compare the cost at the chosen threshold with the one on the
# validation photos above: was it too rosy?

# %%
cost_there = cost_per_photo(bird_validation, raised)
cost_here = cost_per_photo(bird_test, answers["detector, chosen threshold"])
print(f"cost per photo at the chosen threshold: validation {cost_there:.3f}, test {cost_here:.3f}")

low, high = f1_difference_interval(
    bird_test, answers["detector, chosen threshold"], answers["head, chosen threshold"]
)
print(f"F1 of the detector − F1 of the head: [{low:.3f}, {high:.3f}]")
both = np.stack([answers["detector, chosen threshold"], answers["head, chosen threshold"]], axis=1)
low, high = evaluation.metric_interval(
    lambda labels, two: cost_per_photo(labels, two[:, 0]) - cost_per_photo(labels, two[:, 1]),
    bird_test,
    both,
)
verdict = "undecided" if low <= 0 <= high else "the head" if low > 0 else "the detector"
print(f"cost of the detector − cost of the head: [{low:.3f}, {high:.3f}]  →  {verdict}")

# %% [markdown]
# Two paired intervals, and they need not agree, for they ask different questions. F1 counts a miss like a
# false alarm. We had said that a miss costs ten times as much, and chosen the thresholds by that. So the cost
# has the last word, with its interval, and the F1 only keeps it company. **Decide before the comparison which
# metric decides**, or you will find one for every taste.
#
# These intervals are about photos, not about training: train the head again with another seed, and it will
# answer a little differently.

# %% [markdown]
# The one number that the seal cannot give back is a second first look. Suppose that somebody, having seen
# these lines, wants to try another threshold "just quickly":

# %%
try:
    cifar.test.open_for("one more threshold")
except data.TestPartAlreadyUsed as refusal:
    print(refusal)

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
# A good answer sees that a model which never reports a crack has an accuracy of 99.5 %, so 99.2 % is less
# than nothing; that the weighted F1 follows the frequent class, and micro-F1 would only repeat the accuracy;
# that ROC-AUC ignores how rare cracks are and says nothing about the number of false alarms for each crack;
# and that among 400 parts there are about two cracked ones, if the mix is the real one, so that no recall can
# be measured at all. Questions: recall and precision of cracks at the threshold that would be used, with
# intervals, and on how many cracked parts (walk away when it is a handful); what the threshold was chosen
# for, and on which parts; how parts were divided between training and test, by batch and machine or photo by
# photo; how it does on my parts; what a miss and a false alarm cost. The order has a reason.
# ### END SOLUTION

# %% [markdown]
# ## Recap
#
# - Start from the confusion matrix. Recall divides by the row, precision by the column; quote both.
# - Accuracy needs a baseline. Micro-F1 *is* accuracy; weighted F1 follows the frequent classes; macro F1 sees
#   the rare ones.
# - `keras.metrics.Recall()` and `Precision()` ask what is above 0.5; `top_k=1` asks what is largest.
# - A ROC curve does not see how rare the positives are; a precision-recall curve does.
# - Choose the threshold by cost, on validation photos. It belongs to the model like its weights.
# - Confidence can be checked (reliability diagram) and mended (temperature), without touching one answer.
# - An interval for every number, a paired interval for every comparison, no slice that was chosen after
#   looking.
# - Split first. Look for twins. Choose on validation, open the test part once.
#
# **Read next**: Guo, Pleiss, Sun and Weinberger, *On Calibration of Modern Neural Networks* (2017); Elkan,
# *The Foundations of Cost-Sensitive Learning* (2001); Saito and Rehmsmeier, *The Precision-Recall Plot Is
# More Informative than the ROC Plot When Evaluating Binary Classifiers on Imbalanced Datasets* (2015); Barz
# and Denzler, *Do We Train on Test Data? Purging CIFAR of Near-Duplicates* (2020); Kapoor and Narayanan,
# *Leakage and the Reproducibility Crisis in Machine-Learning-Based Science* (2023).
#
# **Next**: lesson 07 takes all of this to a factory: solar cells, of which some are broken.
