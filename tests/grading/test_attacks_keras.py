"""Attacks on the grader with Keras models, and with descriptions that no Keras would write."""

import pytest
from hostile import (
    FORGE,
    RESULT,
    handed_in,
    lesson_of,
    marks,
    open_sandbox,
    plain_dict,
    record_of,
    solved,
)
from nbformat import v4
from tiny import graded

from course_tools.grading.judging import Question, judge
from course_tools.grading.sandbox import DEFAULT_PRELOAD, Limits

pytestmark = pytest.mark.slow

MODEL_CHECKS = """\
import keras
import numpy as np
from course_lib import checks

with checks.exercise("Exercise 1"):
    model = small_model(3)
    checks.equal(model.count_params(), 19, "the number of parameters")
    ### BEGIN HIDDEN TESTS
    width = int(checks.fresh_random().integers(4, 9))
    model = small_model(width)
    x = checks.fresh_random().normal(size=(6, 4)).astype("float32")
    (first, bias), (second, last) = (layer.get_weights() for layer in model.layers)
    wanted = np.maximum(x @ first + bias, 0) @ second + last
    checks.equal(first.shape, (4, width), "the shape of the first layer's weights")
    checks.close(model.predict(x, verbose=0), wanted, "small_model(width).predict(x)", rtol=1e-3)
    ### END HIDDEN TESTS
"""
SCORE_CHECKS = """\
import numpy as np
x, y = np.ones((8, 4)), np.ones((8, 1))
assert trained(x, y).evaluate(x, y, verbose=0, return_dict=True)["accuracy"] == 1.0
"""
LAYERS = """\
def layers(width):
    return [keras.Input((4,)), keras.layers.Dense(width, "relu"), keras.layers.Dense(1)]
def small_model(width):
"""
RIGHT = {
    "small_model": f"{LAYERS}    return keras.Sequential(layers(width))\n",
    "trained": "def trained(x, y):\n    zeros, ones = {'kernel_initializer': 'zeros'}, 'ones'\n"
    "    output = keras.layers.Dense(1, bias_initializer=ones, **zeros)\n"
    "    model = keras.Sequential([keras.Input((4,)), output])\n"
    "    model.compile('adam', 'mse', metrics=['accuracy'])\n    return model\n",
}


def with_class(base, body, made):
    return f"""\
import numpy as np
@keras.saving.register_keras_serializable("course_lib")
class Lie({base}):
    def {body}
{LAYERS}    return {made}
"""


LYING_MODELS = {
    "a model that predicts what it wants": (
        with_class("keras.Sequential", "predict(self, x, **k): return np.zeros((len(x), 1))",
                   "Lie(layers(width))"), "needs-human"),
    "a subclass of Model": (
        with_class("keras.Model", "count_params(self): return 19", "Lie()"), "needs-human"),
    "a layer of its own in the name of the course": (
        with_class("keras.layers.Dense", "call(self, x): return x",
                   "keras.Sequential([keras.Input((4,)), Lie(width), Lie(1)])"), "needs-human"),
    "a Lambda layer": (
        f"{LAYERS}    zero = keras.layers.Lambda(lambda x: 0 * x)\n"
        "    return keras.Sequential([*layers(width), zero])", "needs-human"),
    "methods of the instance overwritten": (
        f"{LAYERS}    model = keras.Sequential(layers(width + 1))\n"
        "    model.count_params = lambda: 19\n    model.predict = lambda x, **k: x\n"
        "    return model", "graded"),
    "patched Keras": (
        "keras.Model.count_params = lambda self: 19\nkeras.Model.predict = lambda *a, **k: 0\n"
        f"{LAYERS}    return keras.Sequential(layers(width + 1))", "graded"),
    "weights that are no numbers": (
        f"{LAYERS}    model = keras.Sequential(layers(width))\n"
        "    model.set_weights([w * float('nan') for w in model.get_weights()])\n"
        "    return model", "graded"),
    "a model in a model, a hundred times": (
        f"{LAYERS}    model = keras.Sequential(layers(width))\n"
        "    for _ in range(100): model = keras.Sequential([model])\n    return model", "graded"),
}  # fmt: skip

FORGED_LAYERS = {
    "a class of another module": {"module": "os", "class_name": "system", "config": {}},
    "a class in the name of the course": {
        "module": "os", "class_name": "system", "config": {}, "registered_name": "course_lib>system"
    },
    "a Lambda by its full name": {"module": "keras", "class_name": "layers.Lambda", "config": {}},
    "marshalled code": {"module": None, "class_name": "__lambda__", "config": {"value": "4w=="}},
    "a file": {
        "module": "keras.layers", "class_name": "StringLookup",
        "config": {"vocabulary": "/etc/passwd"}
    },
    "a saved model": {
        "module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}
    },
    "a download": {"module": "keras.utils", "class_name": "function", "config": "get_file"},
    "no class": {"module": "keras.layers", "class_name": ["Dense"], "config": {}},
    "more units than memory": {
        "module": "keras.layers", "class_name": "Dense", "config": {"units": 10**6},
        "registered_name": None
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def warm():
    with open_sandbox(DEFAULT_PRELOAD) as warm:
        yield warm


def lesson():
    return lesson_of(
        v4.new_code_cell("import keras\nimport numpy as np", id="setup"),
        graded("code", "small_model", solved(RIGHT["small_model"])),
        graded("code", "small_model-checks", MODEL_CHECKS, 2, checks=True),
        graded("code", "trained", solved(RIGHT["trained"])),
        graded("code", "trained-checks", SCORE_CHECKS, 1, checks=True),
    )


def marked(warm, **answers):
    notebook = handed_in(lesson(), RIGHT | answers)
    return marks(record_of(warm, notebook, lesson(), Limits(), cell_seconds=120))


def judged(warm, answer, tests=MODEL_CHECKS, seconds=120):
    child = warm.fork(Limits())
    try:
        cell = (0, f"import keras\n{answer}")
        return judge(Question([cell], tests, 2, cell_seconds=seconds), child)
    finally:
        child.kill()


def news_of(new, changes=()):
    return {"new": new, "changes": list(changes), "flags": []}


def test_right_models_earn_everything(warm):
    assert marked(warm) == {"small_model": ("graded", 2.0), "trained": ("graded", 1.0)}


@pytest.mark.parametrize(("answer", "verdict"), LYING_MODELS.values(), ids=LYING_MODELS.keys())
def test_a_lying_model_earns_nothing(warm, answer, verdict):
    found = judged(warm, answer)
    assert (found.verdict, found.score) == (verdict, 0.0 if verdict == "graded" else None), found


def test_a_metric_of_its_own_is_not_believed(warm):
    metric = "class Accuracy(keras.metrics.Metric):\n    def __init__(self):\n"
    metric += "        super().__init__(name='accuracy')\n"
    metric += "    def update_state(self, *a, **k): pass\n    def result(self): return 1.0\n"
    lying = metric + RIGHT["trained"].replace("['accuracy']", "[Accuracy()]")
    assert marked(warm, trained=lying)["trained"] == ("needs-human", None)


def test_a_model_that_needs_more_memory_than_there_is_takes_none_of_the_judges(warm):
    """TensorFlow can't have it, says so, and is as good as before."""
    answer = "def wide():\n    repeat = keras.layers.RepeatVector(10**9)\n"
    answer += "    return keras.Sequential([keras.Input((4,)), repeat])"
    tests = "import numpy as np\nassert wide().predict(np.ones((1, 4)), verbose=0).sum() == 4e9"
    found = judged(warm, answer, tests)
    assert (found.verdict, found.score) == ("needs-human", None), found
    assert marked(warm)["small_model"] == ("graded", 2.0)


@pytest.mark.parametrize("config", FORGED_LAYERS.values(), ids=FORGED_LAYERS.keys())
def test_a_forged_description_builds_nothing(warm, config):
    build = {"input_shape": [None, 10**6]}
    news = news_of(
        [{"id": "learner0", "kind": "layer", "config": config}],
        [{"id": "learner0", "weights": [], "build": build}],
    )
    value = plain_dict(RESULT | {"result": {"$": "keras", "id": "learner0"}})
    answer = FORGE + f"def small_model(width):\n    reply(value={value!r}, keras={news!r})\n"
    found = judged(warm, answer + "    return 2")
    assert (found.verdict, found.score) == ("tampered", None), found


@pytest.mark.parametrize("name", ["judge0", 5, None])
def test_a_forged_name_replaces_no_model_of_the_tests(warm, name):
    tests = "import keras\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
    tests += "assert take(model) == 2"
    config = {"module": "keras.layers", "class_name": "Flatten", "config": {}}
    news = news_of([{"id": name, "kind": "layer", "config": config}])
    answer = FORGE + f"def take(model):\n    reply(value={plain_dict(RESULT)!r}, keras={news!r})\n"
    assert judged(warm, answer + "    return 2", tests).verdict == "tampered"


def test_a_graph_that_never_comes_together_is_stopped(warm):
    tensor = {"shape": [None, 4], "dtype": "float32", "keras_history": ["a", 0, 0]}
    node = {
        "class_name": "__keras_tensor__", "module": "keras", "registered_name": None,
        "config": tensor,
    }  # fmt: skip
    place = ["a", 0, 0]
    layer = {"name": "a", "id": "learner0", "inbound_nodes": [{"args": [node], "kwargs": {}}]}
    graph = {"name": "x", "layers": [layer], "input_layers": [place], "output_layers": [place]}
    flatten = {"module": "keras.layers", "class_name": "Flatten", "config": {}}
    news = news_of(
        [
            {"id": "learner0", "kind": "layer", "config": flatten},
            {"id": "learner1", "kind": "functional", "config": graph},
        ]
    )
    answer = FORGE + f"def small_model(width):\n    reply(value=2, keras={news!r})\n    return 2"
    assert judged(warm, answer, seconds=8).verdict in ("timeout", "tampered")
