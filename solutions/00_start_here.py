# %% [markdown]
# # 00 · Start here
#
# **You will be able to** run a lesson, read what a check tells you, and know what your mark is made of.
#
# **You need** to have written a Python function before. Nothing else.
#
# **Time**: about {minutes} minutes. Every cell runs in a second or two, except the first, which starts TensorFlow.

# %% [markdown]
# ## How a notebook works
#
# A notebook is a list of cells. This one is prose. The next one is code: click into it and press
# **Shift + Enter**. It runs, its output appears below it, and the cursor moves on.
#
# Cells share one memory. What a cell defines, every cell that you run *afterwards* can use; running cells
# out of order is the most common way to get lost. A `NameError` usually means that you have not yet run the cell
# that defines the name, or that the name is misspelt. In the first case, choose *Run → Run All Above Selected Cell*
# from the menu (on Colab *Runtime → Run before*).
#
# When you are lost all the same, *Kernel → Restart Kernel and Run All Cells* (on Colab *Runtime → Restart session and
# run all*) starts over and runs everything from top to bottom. It stops at the first error, for instance at an exercise
# that you have not done yet, and leaves you at the end of the notebook: scroll up to the message.
#
# Three more things are good to know.
#
# - **While a cell runs**, the brackets on its left show a star, `[*]`; a number takes its place when the cell is done.
#   Some cells of later lessons take half a minute.
# - **To stop a cell** that takes too long, press the button ■ above the notebook, or choose *Kernel → Interrupt
#   Kernel*. On Colab, click the ■ on the left of the cell. What you defined before is still there.
# - **To save**, press Ctrl + S (⌘ + S on a Mac). JupyterLab also saves by itself every two minutes, and Colab does so if
#   the notebook lies in your Drive. Closing the browser tab stops nothing: the process behind the notebook, its
#   *kernel*, runs on, and so does a long cell.

# %%
from course_lib import environment

environment.start()

# %% [markdown]
# The line above says which versions you have and whether the numbers will be computed on a graphics
# processor (GPU) or on the processor itself (CPU). A GPU is pleasant but never needed: every lesson is made
# for a laptop with two cores.

# %%
environment.versions()

# %% [markdown]
# If one of these says `not installed`, the environment is incomplete: close JupyterLab and run `make lab` again,
# or follow the README's section *Install by hand*. On Colab, run the first code cell, which installs the course, again.

# %% [markdown]
# ## A model is a function with numbers in it
#
# The course is about functions $f_\theta(x) = y$: a picture $x$ goes in, an answer $y$ comes out, and
# $\theta$ stands for all the numbers inside that training has set. Here is a very small one: a single
# *dense* layer that turns 4 inputs into 3 outputs.

# %%
import keras

layer = keras.layers.Dense(3)
layer.build((None, 4))
{weight.name: tuple(weight.shape) for weight in layer.weights}

# %% [markdown]
# Two arrays: the *kernel* holds one number for each pair of input and output, and the *bias* one number
# for each output. Together they are this layer's $\theta$.
#
# **Before you go on, predict:** how many numbers is that, and how many would it be for 2,048 inputs and
# 1,024 outputs? Say a number aloud, even if you are not sure. In this course you will often be asked
# for a prediction first: being wrong about something is the fastest way to remember it. The next cell answers the
# first half; the exercise further down, the second.

# %%
layer.count_params()

# %% [markdown]
# ## Exercises and checks
#
# An exercise is a cell that you complete, followed by a check cell that tells you at once whether it is
# right. The *message* of a check never gives the answer away. It shows what your code did, for which input, and what
# usually causes that.
#
# A check cell is folded to one line that begins with ▶. When you have run your own cell, the check below it is
# selected: press Shift + Enter once more (on Colab, the ▶ on its left), and the verdict appears below the line. A click
# on the line unfolds it. You are welcome to look: the few right values in there are examples, and your mark uses others
# as well. Hints unfold, too. Try first, then open one at a time.
#
# Here is a check of a **wrong** answer, so that you have seen one before you get one of your own. Somebody believed
# that a dense layer has one number per pair of input and output and nothing more:

# %%
from course_lib import checks


def dense_parameters_somebody_wrote(inputs, outputs):
    return inputs * outputs


try:
    with checks.exercise("Somebody's answer"):
        checks.close(
            dense_parameters_somebody_wrote(4, 3),
            15,
            "dense_parameters_somebody_wrote(4, 3)",
            causes=[(12, "every output has one number more than its connections: which?")],
        )
except checks.CheckFailed as message:
    print(message)

# %% [markdown]
# Read it slowly. The first line names the call and what came back. The second line gives a likely
# cause. There is no long traceback to scroll through; when your own code raises an error, the check
# names the line it happened on.

# %% [markdown]
# ### Exercise: count the parameters of a dense layer
#
# Complete the function. Replace the line `raise NotImplementedError()`, run your cell, then run the check
# below it. You can try as often as you like.

# %% [markdown] hints="dense_parameters"
# Scroll up to the layer that turned 4 inputs into 3 outputs. Which arrays did it print, and how many numbers does
# each of them hold? Do the sum on paper until you arrive at what `count_params()` said.
#
# What does each side of a shape stand for? Build layers of other sizes in a cell of your own,
# `keras.layers.Dense(5)` with 2 inputs for instance, and print the shapes of their weights. See which of them
# change when you alter the inputs only.
#
# Count the two arrays on two lines, `kernel = …` and `bias = …`, with nothing but `inputs` and `outputs` on the
# right-hand sides; then return the sum. (`print` merely shows a number. The check needs what `return` gives
# back.)


# %% solution="dense_parameters"
def dense_parameters(inputs, outputs):
    """Return how many numbers a dense layer from `inputs` to `outputs` values holds."""
    ### BEGIN SOLUTION
    return inputs * outputs + outputs
    ### END SOLUTION


# %% checks="dense_parameters" points=2
from course_lib import checks

with checks.exercise("Count the parameters", lesson="00"):
    for inputs, outputs, no_biases, right in [(4, 3, 12, 15), (1, 1, 1, 2), (3, 4, 12, 16)]:
        checks.close(
            dense_parameters(inputs, outputs),
            right,
            f"dense_parameters({inputs}, {outputs})",
            causes=[
                (no_biases, "the biases are not counted."),
                (no_biases + inputs, "one bias per input was counted; who has a bias?"),
                (no_biases + 1, "one bias for the whole layer was counted."),
                (no_biases + inputs + outputs, "who has a bias: the inputs, the outputs, or both?"),
                (inputs + outputs, "these are the values; count what lies between them as well."),
            ],
            otherwise="perhaps your code contains a number that fits only one example.",
        )
    ### BEGIN HIDDEN TESTS
    random = checks.fresh_random()
    for inputs, outputs in [(2048, 1024), tuple(random.integers(5, 50, 2).tolist())]:
        checks.close(
            dense_parameters(inputs, outputs),
            (inputs + 1) * outputs,
            f"dense_parameters({inputs}, {outputs})",
            otherwise="it is right for the examples above; are their numbers fixed in the code?",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# A ✓ means that the check found nothing wrong. When your work is graded, further inputs are tried, so an
# answer that only fits the examples you can see will not pass. This one, for instance, gets a ✓ on your screen:
#
# ```python
# def dense_parameters(inputs, outputs):
#     return {(4, 3): 15, (1, 1): 2, (3, 4): 16}[inputs, outputs]
# ```
#
# and no points afterwards, because it knows three layers only and is asked about others.
#
# The line after the ✓ says how much of the lesson you have done and what comes next. It is kept in a file on your own
# machine: nothing is sent anywhere, and no mark depends on it. All lessons at once:

# %%
from course_lib import progress

progress.show()

# %% [markdown]
# ### Written questions
#
# Some questions have no single right answer. You write a few sentences, and a person reads them. Double-click
# the next cell, write below the question, and press Shift + Enter.

# %% [markdown] written="expectation" points=1
# **Question.** Name one task from your own work or studies for which you have only a few dozen labelled
# examples. What would a model have to know beforehand to learn it from so few?
#
# ### BEGIN SOLUTION
# There is no model answer. A good one names the task, says roughly how many labels there are, and names
# knowledge that is shared with data that is plentiful: the look of edges and textures for photographs,
# the grammar of a language for texts, the sound of voices for speech.
# ### END SOLUTION

# %% [markdown]
# ## What your mark is made of
#
# - Each check is worth the points in its exercise's heading; you get all of them or none.
# - Written answers are read by a person.
# - Your own extra cells are welcome and never cost anything.
# - In JupyterLab, the button *Validate* above the notebook runs the whole notebook from a fresh start and shows which
#   checks fail.
# - What the notebook shows on your screen is quick feedback. The mark is computed afresh from your
#   answers, with inputs that you have not seen.
#
# **To hand in**, save the notebook and hand in this one file, under the name it has, in the way your class uses:
# upload it to your class's learning platform, or press *Submit* in *Nbgrader → Assignment List* where JupyterLab has
# that menu. From Colab, get the file with *File → Download → Download .ipynb*. Answers that aren't saved aren't in
# the file.
#
# **Learning on your own?** The finished lesson, answers included, lies in the folder `solutions/` of the course, under
# the same name. Look there after you have tried.

# %% [markdown]
# ## Recap
#
# - Run cells from top to bottom; when in doubt, restart and run all.
# - $f_\theta$: a function, and $\theta$, the numbers in it. A dense layer has one number per connection and
#   one per output.
# - A failed check gives the symptom and a likely cause.
#
# **Next**: lesson 01 looks into a model that has been trained already, and asks what its θ is worth.
