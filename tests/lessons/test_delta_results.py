"""What lesson 04 reads from files: made by the benchmark as it is now, with the lesson's recipe."""

import json
import re

import keras
import numpy as np
import pytest
from exercises import lesson_source

from benchmarks import delta as benchmark
from benchmarks.claims import claim
from course_lib import assets, backbones, comparing, delta

WITHOUT_A_SEARCH = {
    benchmark.REGRESSION: benchmark.SETTINGS["Cs"],
    benchmark.ALL_BLOCKS: benchmark.CS_OF_ALL,
    benchmark.PART_KEPT: benchmark.KEPT,
}


@pytest.fixture(scope="module")
def results():
    return json.loads(assets.path(benchmark.RESULTS).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def classifier():
    network = backbones.load("embedded", input_size=benchmark.SETTINGS["input_size"]).model
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    cut = network.get_layer(benchmark.SETTINGS["last_frozen"]).output
    return keras.Model(cut, keras.layers.Dense(10, name="head")(pooled))


def each_seed(results, way, scene="negative"):
    return results["accuracy"][way][scene]["each seed"]


def test_the_results_belong_to_the_settings_and_claims_of_the_benchmark(results):
    settings = benchmark.SETTINGS | {"rates fixed beforehand": benchmark.FIXED_RATES}
    assert results["settings"] == json.loads(json.dumps(settings))
    assert list(results["claims"]) == [name for name, *_ in benchmark.CLAIMS]
    for each in results["claims"].values():
        assert len(each["each seed"]) in (settings["seeds"], settings["seeds_of_variants"])
        low, high = each["interval"]
        assert low <= each["mean"] <= high
        assert each["verdict"] == comparing.verdict((low, high))
        assert np.mean(each["each seed"]) == pytest.approx(each["mean"], abs=1e-3)


def test_every_training_of_the_benchmark_has_its_results(results):
    assert [name for name, _ in benchmark.all_runs()] == list(results["accuracy"])


def test_every_rate_was_chosen_from_the_same_list_by_the_same_search(results):
    for way, choice in results["choices"].items():
        tried = {float(value): hits for value, hits in choice["tried"].items()}
        assert choice["chosen"] == max(tried, key=tried.get), way
        if whole := WITHOUT_A_SEARCH.get(way.split(", ")[0]):
            assert list(tried) == whole, way
            continue
        values, first = benchmark.SETTINGS["rates"], benchmark.SETTINGS["first_rate"]
        if way.startswith(benchmark.PULLED):
            values, first = benchmark.STRENGTHS, benchmark.FIRST_STRENGTH
        searched = []
        benchmark.climb(values, first,
                        lambda v, s=searched, t=tried: (s.append(v), t[v])[1])  # fmt: skip
        assert sorted(searched) == sorted(tried), way


# -- what the lesson says of them ------------------------------------------------------------------

TAIL, NEGATIVE = benchmark.TAIL, f"{benchmark.TAIL}, negative"


def mean(results, way, scene="negative"):
    return results["accuracy"][way][scene]["mean"]


def gain(results, name):
    return results["claims"][name]["mean"]


def verdicts(results, *names):
    """How many of these differences are clear, and on which side: +1, 0 or −1 each."""
    sides = {"more": 1, "less": -1, "undecided": 0}
    return [sides[results["claims"][name]["verdict"]] for name in names]


def over(control, *scenes):
    return [f"{TAIL} − {control}, {scene}" for scene in scenes or benchmark.TRAINED_ON]


def longer_over_all_blocks(scene):
    return [f"{TAIL}, twice as long − {benchmark.ALL_BLOCKS}, {scene}"]


def rate_fixed_above_chosen(results, way, scene):
    fixed, chosen = (f"{way}{rate}, negative" for rate in (f", {benchmark.FIXED}", ""))
    return mean(results, fixed, scene) - mean(results, chosen, scene)


def tried(results, way, rate, scene="negative"):
    return results["choices"][f"{way}, {scene}"]["tried"][rate]


def smallest_of_all_seeds(results, *names):
    return min(value for name in names for value in results["claims"][name]["each seed"])


FROM_LESSON = [name for name, *_ in benchmark.CLAIMS]
JOINT = [f"sum × 0.7 − joint training, on {scene}" for scene in benchmark.SCENES]
SUREST = [f"sum × 0.7 − θ, surest of four, on {scene}" for scene in benchmark.SCENES]
JOINT_SUREST = [f"joint training − θ, surest of four, on {s}" for s in benchmark.SCENES]
HEADS = (benchmark.HEAD, benchmark.REGRESSION)
TWICE = ("last block", "LoRA, rank 4")

# The lesson's words, the number in the results behind them, and where they stop being true.
SAID = [
    claim("The head wants a learning rate ten times as large as the blocks do", least=10, most=10)(
        lambda r: r["choices"]["head only, negative"]["chosen"] / r["choices"][NEGATIVE]["chosen"]
    ),
    claim("blocks 10 to 16 do worse than the head alone at its best", least=0.02)(
        lambda r: max(r["choices"]["head only, negative"]["tried"].values())
        - tried(r, TAIL, "0.0005")
    ),
    claim("at 1e-3 they are no better than guessing", most=0.12)(
        lambda r: tried(r, TAIL, "0.001")
    ),
    claim("Against a head on the last features it does, in all three scenes", least=1)(
        lambda r: min(verdicts(r, *(n for head in HEADS for n in over(head))))
    ),
    claim("by some ten points on negatives", least=0.085, most=0.125)(
        lambda r: np.mean([gain(r, *over(head, "negative")) for head in HEADS])
    ),
    claim("and by about five in the others", least=0.04, most=0.07)(
        lambda r: np.mean([gain(r, n) for h in HEADS for n in over(h, "upside down", "clean")])
    ),
    claim("half of that gain is gone", least=0.4)(
        lambda r: 1 - gain(r, *over(benchmark.ALL_BLOCKS, "negative"))
        / gain(r, *over(benchmark.REGRESSION, "negative"))
    ),
    claim("On negatives about five points are left, and those are clear", least=0.04, most=0.06)(
        lambda r: gain(r, *over(benchmark.ALL_BLOCKS, "negative"))
        * verdicts(r, *over(benchmark.ALL_BLOCKS, "negative"))[0]
    ),
    claim("the verdict is \"undecided\" after four epochs", least=0, most=0)(
        lambda r: max(map(abs, verdicts(r, *over(benchmark.ALL_BLOCKS, "upside down", "clean"))))
    ),
    claim("are clearly ahead on clean photos, too, by less than four points", most=0.04)(
        lambda r: gain(r, *longer_over_all_blocks("clean"))
        + 1 - verdicts(r, *longer_over_all_blocks("clean"))[0]
    ),
    claim("Upside down it stays undecided, though they are ahead in every seed", least=0.005)(
        lambda r: smallest_of_all_seeds(r, *longer_over_all_blocks("upside down"))
        - abs(verdicts(r, *longer_over_all_blocks("upside down"))[0])
    ),
    claim("pays everywhere, and twice as much as it does", least=1.8, most=2.5)(
        lambda r: gain(r, *over(benchmark.REGRESSION, "negative"))
        / gain(r, *over(benchmark.ALL_BLOCKS, "negative"))
    ),
    claim("the mean lies on its side, and the interval leaves it open", most=0)(
        lambda r: max(
            max(gain(r, n), abs(verdicts(r, n)[0]))
            for n in over("θ, photo turned back", "negative", "upside down")
        )
    ),
    claim("their labels would have brought six points more", least=0.055, most=0.075)(
        lambda r: -gain(r, f"{TAIL} − {TAIL}, photos turned back before training, negative")
    ),
    claim("comes within a few points; which of the two is better is undecided", most=0.04)(
        lambda r: max(
            abs(gain(r, n)) + abs(verdicts(r, n)[0])
            for n in FROM_LESSON if n.startswith(f"{TAIL} on negative − θ, surest of two")
        )
    ),
    claim("do worse here than one rate for all blocks, clearly, and the gentle ones, too", most=-1)(
        lambda r: max(verdicts(r, *(f"{w} − {NEGATIVE}"
                                    for w in (benchmark.GRADED, benchmark.GENTLY))))
    ),
    claim("were far ahead of one rate, because they tame a rate that is too large", least=0.1)(
        lambda r: min(tried(r, way, "0.0005") for way in (benchmark.GRADED, benchmark.GENTLY))
        - tried(r, TAIL, "0.0005")
    ),
    claim("is worse than all seven, and whether it is better", most=-1)(
        lambda r: verdicts(r, f"last block − {NEGATIVE}")[0]
        - abs(verdicts(r, "last block − logistic regression, negative")[0])
    ),
    claim("makes no difference that could be seen", most=0)(
        lambda r: abs(verdicts(r, f"{benchmark.BOTH} − {NEGATIVE}")[0])
    ),
    claim("did worse than blocks alone with the old head, in every seed", most=0)(
        lambda r: max(r["claims"][f"{benchmark.LP_FT} − {NEGATIVE}"]["each seed"])
    ),
    claim("add almost two points", least=0.014, most=0.02)(
        lambda r: gain(r, f"{TAIL}, twice as long − {NEGATIVE}")
    ),
    claim("and ends where logistic regression is", most=0.01)(
        lambda r: abs(mean(r, "head only, twice as long, negative")
                      - mean(r, "logistic regression, negative"))
    ),
    claim("The blocks are ahead with 10 labels per class as with 100", least=1)(
        lambda r: min(verdicts(r, *(n for n in FROM_LESSON if n.endswith("per class"))))
    ),
    claim("with 30 per class the opened blocks are better than", least=0.02)(
        lambda r: mean(r, f"{NEGATIVE}, 30 per class") - mean(r, "logistic regression, negative")
    ),
    claim("Trained thin is better: by far at rank 1", least=0.1)(
        lambda r: mean(r, "LoRA, rank 1, negative") - mean(r, "rank 1")
    ),
    claim("and at rank 16 the two meet", most=0.01)(
        lambda r: abs(mean(r, "LoRA, rank 16, negative") - mean(r, "rank 16"))
    ),
    claim("rank 1 is clearly too little; for 4 and 16 it is undecided", least=1, most=1)(
        lambda r: verdicts(r, *(f"LoRA, rank {k} − {NEGATIVE}" for k in (1, 4, 16))) == [-1, 0, 0]
    ),
    claim("Ranks 1 and 4 chose the largest learning rate on the list", least=1e-2)(
        lambda r: min(r["choices"][f"LoRA, rank {k}, negative"]["chosen"] for k in (1, 4))
    ),
    claim("about six points at rank 4", least=0.05, most=0.07)(
        lambda r: -gain(r, "rank 4 − LoRA, rank 4, negative")
    ),
    claim("bring next to nothing beyond", most=0.03)(
        lambda r: mean(r, "rank 4, random") - mean(r, "rank 0")
    ),
    claim("Over five seeds, on other photos, the curves had the same shape", least=0.02)(
        lambda r: min(same_shape(r, seed) for seed in range(benchmark.SETTINGS["seeds"]))
    ),
    claim("Over θ the sum gains on both tasks", least=1)(
        lambda r: min(verdicts(r, *(n for n in FROM_LESSON if n in (
            "sum × 0.7 − θ, on negative", "sum × 0.7 − θ, on upside down",
            "sum × 0.7 − Δθ of negatives alone, on both",
            "sum × 0.7 − Δθ of upside down alone, on both"))))
    ),
    claim("it is seven to ten points worse than the Δθ that was made for it", most=0.005)(
        lambda r: max(
            abs(gain(r, "sum × 0.7 − Δθ of upside down alone, on upside down") + 0.07),
            abs(gain(r, "sum × 0.7 − Δθ of negatives alone, on negative") + 0.10),
        )
    ),
    claim("Joint training is ahead of the sum in every scene and every seed", most=0)(
        lambda r: max(v for n in JOINT for v in r["claims"][n]["each seed"])
    ),
    claim("clearly only upside down", least=1, most=1)(
        lambda r: verdicts(r, *JOINT) == [0, 0, -1, 0]
    ),
    claim("on upside-down negatives the sum is far worse", least=1, most=1)(
        lambda r: verdicts(r, *SUREST) == [0, 0, 0, -1]
    ),
    claim("Even joint training clearly beats this rival only on clean photos", least=1, most=1)(
        lambda r: verdicts(r, *JOINT_SUREST) == [1, 0, 0, -1]
    ),
    claim("what it is at the ends, give or take three points", most=0.03)(
        lambda r: np.abs(r["claims"]["midpoint of two draws − one of them, negative"]
                         ["interval"]).max()
    ),
    claim("gain or loss is undecided; a loss of more than some five points", most=0.06)(
        lambda r: -r["claims"]["θ + Δθ − θ, by groups of ImageNet's classes"]["interval"][0]
        + abs(verdicts(r, "θ + Δθ − θ, by groups of ImageNet's classes")[0])
    ),
    claim("It changes two answers out of three, more than mirroring does", least=0.6, most=0.7)(
        lambda r: 1 - r["same answer in ImageNet's classes"][f"{TAIL}, clean"]["mean"]
    ),
    claim("the old head is right *more* often than before, clearly so", least=1)(
        lambda r: verdicts(r, "θ + Δθ of clean photos − θ, by groups of ImageNet's classes")[0]
    ),
    claim("cost clean photos about three points, and not even that is certain", most=0.035)(
        lambda r: abs(gain(r, f"{TAIL} on negative − θ, on clean"))
        + abs(verdicts(r, f"{TAIL} on negative − θ, on clean")[0])
    ),
    claim("The last block alone costs ten more", least=0.09, most=0.11)(
        lambda r: -gain(r, f"last block on negative − {TAIL} on negative, on clean")
    ),
    claim("the head alone five more", least=0.04, most=0.06)(
        lambda r: -gain(r, f"head only on negative − {TAIL} on negative, on clean")
    ),
    claim("leaves less than half of the clean photos right", most=0.5)(
        lambda r: mean(r, "logistic regression, negative", "clean")
    ),
    claim("almost thirty points fewer than seven blocks", least=0.25, most=0.3)(
        lambda r: mean(r, NEGATIVE, "clean") - mean(r, "logistic regression, negative", "clean")
    ),
    claim("blocks *and* head lose no more than the blocks do", most=0.005)(
        lambda r: abs(gain(r, f"{benchmark.BOTH} on negative − {TAIL} on negative, on clean"))
    ),
    claim("LoRA of rank 4 ten more", least=0.09, most=0.11)(
        lambda r: -gain(r, f"LoRA, rank 4 on negative − {TAIL} on negative, on clean")
    ),
    claim("they keep almost nine points more of the clean photos", least=0.08, most=0.095)(
        lambda r: np.mean([rate_fixed_above_chosen(r, way, "clean") for way in TWICE])
    ),
    claim("and pay with one or two points on negatives", least=0.005, most=0.025)(
        lambda r: max(-rate_fixed_above_chosen(r, way, "negative") for way in TWICE)
    ),
    claim("none of them kept more of the clean photos than the seven blocks did", most=0)(
        lambda r: max(
            mean(r, f"{way}{rate}, negative", scene) - mean(r, f"{TAIL}{rate}, negative", scene)
            for way in (benchmark.HEAD, *TWICE)
            for rate in ("", f", {benchmark.FIXED}")
            for scene in ("clean", "negative")
        )
    ),
    claim("clean photos are as good as before, and negatives lose nothing", most=0.01)(
        lambda r: max(
            abs(mean(r, f"{TAIL}, {benchmark.REHEARSED}", "clean") - mean(r, "θ", "clean")),
            -gain(r, f"{TAIL} on {benchmark.REHEARSED} − {TAIL} on negative, on negative"),
        )
    ),
    claim("In every seed clean photos did better than without it", least=0.001)(
        lambda r: smallest_of_all_seeds(
            r, f"{TAIL} on {benchmark.REHEARSED} − {TAIL} on negative, on clean")
    ),
    claim("validation chose α = 0.75", least=0.75, most=0.75)(
        lambda r: r["choices"][f"{benchmark.PART_KEPT}, {benchmark.OF_BOTH}"]["chosen"]
    ),
    claim("That keeps what clean photos had, and costs about two points", most=0.01)(
        lambda r: max(
            abs(mean(r, benchmark.PART_KEPT, "clean") - mean(r, "θ", "clean")),
            abs(gain(r, f"{benchmark.PART_KEPT} − {TAIL} on negative, on negative") + 0.02),
        )
    ),
    claim("strikes the same bargain: clean photos keep what they had", most=0.01)(
        lambda r: max(
            abs(mean(r, f"{benchmark.PULLED}, negative", "clean") - mean(r, "θ", "clean")),
            abs(gain(r, f"{benchmark.PULLED} − {TAIL} on negative, on negative") + 0.025) * 2,
        )
    ),
]  # fmt: skip


def same_shape(results, seed):
    """By how much the curves along θ + αΔθ do what the lesson's do, at the point where least."""
    walk = results["delta"]["walk"][seed]
    negative, clean = ({float(a): found[s] for a, found in walk.items()}
                       for s in ("negative", "clean"))  # fmt: skip
    for curve, scene in ((negative, "negative"), (clean, "clean")):
        curve[0.0] = results["accuracy"]["θ"][scene]["each seed"][seed]
        curve[1.0] = results["accuracy"][NEGATIVE][scene]["each seed"][seed]
    return min(
        negative[0.0] - negative[-0.5], clean[0.0] - clean[-0.5],
        negative[0.5] - negative[0.0], negative[1.0] - negative[0.5],
        negative[1.0] - negative[2.0], clean[1.0] - clean[1.5], clean[1.5] - clean[2.0],
    )  # fmt: skip


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.says)
def test_what_the_lesson_says_of_the_results_stands_there_and_is_so(said, results):
    cells = lesson_source("04_fine_tuning").cells
    prose = [" ".join(cell.source.split()) for cell in cells if cell.kind == "markdown"]
    assert any(" ".join(said.says.split()) in cell for cell in prose)
    number = float(said.value(results))
    assert said.holds(number), f"{number:.4f} is not {said.limit}"


def test_climbing_stops_where_it_gets_no_better():
    heights = {1: 0.5, 2: 0.7, 3: 0.6, 4: 0.9}
    assert benchmark.climb([1, 2, 3, 4], 2, heights.__getitem__) == 2
    assert benchmark.climb([1, 2, 3, 4], 3, heights.__getitem__) == 4
    assert benchmark.climb([1, 2, 3, 4], 1, heights.__getitem__) == 2
    assert benchmark.climb([1, 2], 2, {1: 0.3, 2: 0.3}.__getitem__) == 2


def test_what_is_measured_on_was_never_trained_on():
    labels = np.repeat(np.arange(10), 300)
    images = np.arange(3000).reshape(-1, 1, 1, 1)
    parts = benchmark.fresh_and_pool(benchmark.Split(images, labels))
    fresh, pool = (set(part.images.ravel()) for part in parts)
    assert not fresh & pool and len(fresh) == 1000 and len(pool) == 2000
    assert np.bincount(parts[0].labels).tolist() == [100] * 10


def test_two_changes_in_different_places_have_no_overlap_and_equal_ones_much():
    one = {"a/kernel": np.array([[3.0, 1e-3], [2.0, 1e-3]])}
    other = {"a/kernel": np.array([[1e-3, 3.0], [1e-3, 2.0]])}
    assert benchmark.overlap(one, other)["numbers"] < 1e-6
    assert benchmark.overlap(one, one)["numbers"] > 1 - 1e-6


def test_random_directions_keep_the_rank_and_the_length_of_the_strongest():
    random = np.random.default_rng(0)
    change = {
        "a/kernel": random.normal(size=(8, 6)),
        "a/depthwise": random.normal(size=(3, 3, 4, 1)),
    }
    cut = benchmark.onto_random_directions(change, 2, random)
    strongest = benchmark.truncate(change, 2)
    assert np.linalg.matrix_rank(cut["a/kernel"]) == 2
    assert delta.norm(cut) == pytest.approx(delta.norm(strongest))
    np.testing.assert_array_equal(cut["a/depthwise"], change["a/depthwise"])
    assert not benchmark.onto_random_directions(change, 0, random)["a/kernel"].any()


def test_the_lesson_trains_as_the_benchmark_does(root):
    source = (root / "solutions" / "04_fine_tuning.py").read_text(encoding="utf-8")
    settings = benchmark.SETTINGS | {
        "blocks": benchmark.FIXED_RATES["blocks 10 to 16"],
        "lora": benchmark.FIXED_RATES["LoRA, rank 4"],
    }
    for pattern, setting in (
        (r"take_per_class\(cifar\.train, (\d+)", "photos_per_class"),
        (r'get_layer\("(block_9_add)"\)', "last_frozen"),
        (r"input_size=(\d+)", "input_size"),
        (r"epochs=(\d+)\)", "epochs"),
        (r"batch_size=(\d+), verbose=2", "batch_size"),
        (r"maps_negative, y_train, learning_rate=(2e-4)", "blocks"),
        (r"maps_negative, y_train, learning_rate=(3e-3)", "lora"),
        (r"LogisticRegression\(C=([\d.]+)", "head_C"),
        (r"divides by (\d\.\d) from block to block", "graded_factor"),
    ):
        found = re.search(pattern, source)
        assert found, pattern
        assert type(settings[setting])(found.group(1)) == settings[setting], setting


@pytest.mark.parametrize(
    ("thing", "first", "last", "classes"),
    [
        ("cat", "tabby", "Egyptian cat", 5),
        ("dog", "Chihuahua", "Mexican hairless", 118),
        ("frog", "bullfrog", "tailed frog", 3),
    ],
)
def test_a_group_of_imagenet_classes_is_of_its_kind(thing, first, last, classes):
    names = backbones.imagenet_class_names()
    group = benchmark.IMAGENET_GROUPS[thing]
    ends = (names[group[0]].split(",")[0], names[group[-1]].split(",")[0])
    assert (*ends, len(group)) == (first, last, classes)


def test_no_imagenet_class_belongs_to_two_groups():
    ids = [each for group in benchmark.IMAGENET_GROUPS.values() for each in group]
    assert len(set(ids)) == len(ids)


def test_the_shipped_delta_fits_the_lessons_classifier_and_is_thin(classifier):
    theta = delta.snapshot(classifier)
    shipped = delta.read(assets.path(benchmark.SHIPPED))
    assert {name: array.shape for name, array in shipped.items()} == {
        name: array.shape for name, array in theta.items()
    }
    rank = benchmark.SETTINGS["shipped_rank"]
    for name, array in shipped.items():
        if "depthwise" not in name:
            assert np.linalg.matrix_rank(delta.as_matrix(array), tol=1e-8) <= rank, name
        if "_BN" in name or name.startswith("head"):
            assert not array.any(), name
    assert assets.manifest()[benchmark.SHIPPED]["bytes"] < 1_000_000
