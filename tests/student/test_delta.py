"""Δθ at its door: snapshots, arithmetic, norms, spectra, truncation, files, the auditor."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.delta_measures import effective_rank, relative_norms, truncate
from course_lib import delta
from course_lib.errors import CourseError


def network(seed=0, units=3):
    keras.utils.set_random_seed(seed)
    image = keras.Input((6, 6, 2))
    x = keras.layers.Conv2D(4, 3, name="conv")(image)
    x = keras.layers.BatchNormalization(name="bn")(x)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    return keras.Model(
        image, keras.layers.Dense(units, name="head")(keras.layers.Flatten()(x)), name="network"
    )


def trained(model):
    random = np.random.default_rng(0)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(random.random((16, 6, 6, 2)), random.random((16, 3)), verbose=0)
    return model


finite = st.floats(-1e4, 1e4, width=32)
shapes = arrays.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=6)
kernels = shapes.flatmap(lambda shape: arrays.arrays(np.float64, shape, elements=finite))


# -- snapshots and arithmetic -----------------------------------------------------------------


def test_a_snapshot_names_every_weight_and_stays_when_the_model_moves():
    model = network()
    theta = delta.snapshot(model)
    assert list(theta)[:3] == ["conv/kernel", "conv/bias", "bn/gamma"]
    assert len(theta) == len(model.weights)
    trained(model)
    assert delta.norm(delta.snapshot(model) - theta) > 0


def test_names_tell_models_inside_models_and_layers_inside_layers_apart():
    inner = [keras.Sequential([keras.Input((4, 4)), keras.layers.Dense(4, name="same")],
                              name=name) for name in ("one", "two")]  # fmt: skip
    x = token = keras.Input((4, 4))
    for part in inner:
        x = part(x)
    x = keras.layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(2), name="both_ways")(x)
    model = keras.Model(token, x)
    theta = delta.snapshot(model)
    assert len(theta) == len(model.weights)
    assert {"one/same/kernel", "two/same/kernel"} <= set(theta)
    assert sum(name.startswith("attention/") for name in theta) == 8


def test_weights_that_a_subclass_holds_itself_are_not_lost():
    class Scaled(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)
            self.factor = self.add_weight(name="factor", shape=(1,))

        def call(self, x):
            return self.factor * self.dense(x)

    model = Scaled()
    model(np.ones((1, 3)))
    assert len(delta.snapshot(model)) == 3


def test_a_model_without_weights_says_what_to_do():
    with pytest.raises(CourseError, match="call it on one batch first"):
        delta.snapshot(keras.Sequential([keras.layers.Dense(2)]))


@given(
    before=arrays.arrays(np.float32, 5, elements=finite),
    after=arrays.arrays(np.float32, 5, elements=finite),
)
def test_adding_the_difference_gives_the_later_weights_to_the_last_bit(before, after):
    shrunk = np.abs(before) > 2.0**28 * np.abs(after).astype(np.float64)
    before[shrunk] = 0.0  # what the docstring leaves out
    theta, later = delta.Parameters({"a": before}), delta.Parameters({"a": after})
    np.testing.assert_array_equal((theta + (later - theta))["a"].astype(np.float32), after)


def test_snapshot_plus_delta_loaded_is_the_trained_model_and_minus_delta_the_old_one():
    model = network()
    theta = delta.snapshot(model)
    later = delta.snapshot(trained(model))
    change = later - theta
    delta.load(model, theta)
    delta.load(model, theta + 1.0 * change)
    assert all(np.array_equal(later[n], a) for n, a in delta.snapshot(model).items())
    delta.load(model, delta.snapshot(model) - change)
    assert all(np.array_equal(theta[n], a) for n, a in delta.snapshot(model).items())


@given(a=finite, b=finite)
def test_arithmetic_is_that_of_vectors(a, b):
    one, two = delta.Parameters({"x/k": [1.0, 2.0]}), delta.Parameters({"x/k": [3.0, -1.0]})
    got = (a * one + two * b - one - -two)["x/k"]
    np.testing.assert_allclose(got, [(a - 1) + 3 * (b + 1), 2 * (a - 1) - (b + 1)], atol=1e-6)


def test_arithmetic_leaves_its_arguments_alone():
    values = np.array([1.0, 2.0], dtype=np.float32)
    one = delta.Parameters({"x/k": values})
    _ = one + one, one - one, 3 * one, -one
    np.testing.assert_array_equal(values, [1, 2])


@pytest.mark.parametrize("combine", [lambda a, b: a + b, lambda a, b: a - b])
def test_weights_of_another_model_are_refused(combine):
    theta = delta.snapshot(network())
    with pytest.raises(CourseError, match="different models.*head/bias"):
        combine(theta, delta.Parameters({n: a for n, a in theta.items() if n != "head/bias"}))
    with pytest.raises(CourseError, match=r"head/kernel has the shape \(16, 3\).*\(16, 5\)"):
        combine(theta, delta.snapshot(network(units=5)))


def test_loading_what_does_not_fit_leaves_the_model_as_it_was():
    model = network()
    theta = delta.snapshot(model)
    wrong = {name: np.zeros_like(array) for name, array in theta.items()}
    wrong["head/kernel"] = np.zeros((2, 2))
    with pytest.raises(CourseError, match="head/kernel"):
        delta.load(model, wrong)
    assert all(np.array_equal(theta[n], a) for n, a in delta.snapshot(model).items())


# -- how large, and in how many directions ----------------------------------------------------


def test_relative_norms_count_all_arrays_of_a_layer_together():
    theta = {"a/kernel": np.array([3.0]), "a/bias": np.array([4.0]), "z/bias": np.zeros(2)}
    change = {"a/kernel": np.array([0.3]), "a/bias": np.array([0.4]), "z/bias": np.zeros(2)}
    assert relative_norms(change, theta) == pytest.approx({"a": 0.1, "z": 0.0})
    change["z/bias"] = np.ones(2)
    assert relative_norms(change, theta)["z"] == np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_told_by_name(bad, tmp_path):
    change = {"a/kernel": np.array([[bad, 0], [0, 0]])}
    for call in (
        lambda: delta.save(tmp_path / "x.npz", change, 1),
        lambda: delta.singular_values(change["a/kernel"]),
    ):
        with pytest.raises(CourseError, match=r"not finite(?s:.)*learning rate"):
            call()


def test_the_matrix_of_a_kernel_has_one_column_for_each_output():
    assert delta.as_matrix(np.zeros((3, 2, 4, 5))).shape == (24, 5)
    assert delta.as_matrix(np.zeros((7, 5))).shape == (7, 5)
    assert delta.as_matrix(np.zeros((3, 3, 8, 1))).shape == (72, 1), "depthwise"
    assert delta.as_matrix(np.zeros(5)).shape == (5, 1)
    assert delta.as_matrix(np.float32(2)).shape == (1, 1)


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_equal_directions_have_their_number_as_effective_rank(rank):
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(9, 9)))[0]
    matrix = basis[:, :rank] @ basis[:rank]
    assert effective_rank(7.0 * matrix) == pytest.approx(rank)


@given(kernels)
@settings(deadline=None)
def test_effective_rank_lies_between_one_and_the_rank(kernel):
    got, sides = effective_rank(kernel), delta.as_matrix(kernel).shape
    assert got == 0 if not kernel.any() else 1 - 1e-9 <= got <= min(sides) + 1e-9


# -- low rank ---------------------------------------------------------------------------------


@given(kernels, st.integers(0, 7), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_truncation_is_the_nearest_of_its_rank(kernel, rank, seed):
    """Eckart and Young: the error is that of the values cut off, and no rival comes nearer."""
    matrix = delta.as_matrix(kernel)
    got = delta.as_matrix(truncate({"a/kernel": kernel}, rank)["a/kernel"])
    scale = max(np.linalg.norm(matrix), 1.0)
    if matrix.shape[1] == 1:
        np.testing.assert_allclose(got, matrix, atol=1e-9 * scale)
        return
    assert np.linalg.matrix_rank(got, tol=1e-6 * scale) <= rank
    cut_off = np.linalg.norm(np.linalg.svd(matrix, compute_uv=False)[rank:])
    assert np.linalg.norm(matrix - got) == pytest.approx(cut_off, abs=1e-6 * scale)
    random = np.random.default_rng(seed)
    left = random.normal(size=(len(matrix), rank))
    rival = left @ np.linalg.lstsq(left, matrix, rcond=None)[0]
    assert np.linalg.norm(matrix - rival) >= cut_off - 1e-6 * scale


def test_truncation_keeps_shapes_vectors_and_depthwise_kernels():
    change = delta.snapshot(network())
    thin = truncate(change, 0)
    assert {n: a.shape for n, a in thin.items()} == {n: a.shape for n, a in change.items()}
    assert not thin["conv/kernel"].any() and not thin["head/kernel"].any()
    for name in ("depthwise/kernel", "bn/gamma"):
        np.testing.assert_array_equal(thin[name], change[name])
    whole = truncate(change, 100)
    np.testing.assert_allclose(whole["conv/kernel"], change["conv/kernel"], atol=1e-6)


@pytest.mark.parametrize("rank", [-1, 1.5])
def test_a_rank_is_a_whole_number(rank, tmp_path):
    with pytest.raises(CourseError, match="whole number"):
        delta.save(tmp_path / "x.npz", {"a/kernel": np.eye(2)}, rank)


# -- files ------------------------------------------------------------------------------------


def test_a_saved_delta_comes_back_truncated_and_rounded(tmp_path):
    change = delta.Parameters(
        {name: 0.01 * array for name, array in delta.snapshot(network()).items()}
        | {"still/kernel": np.zeros((50, 60)), "still/bias": np.zeros(60)}
    )
    path = tmp_path / "change.npz"
    delta.save(path, change, 2)
    got, wanted = delta.read(path), truncate(change, 2)
    assert list(got) == list(change)
    with np.load(path) as stored:
        assert [n for n in stored.files if "still" in n] == [
            "still/kernel:shape",
            "still/bias:shape",
        ]
    for name in change:
        np.testing.assert_allclose(got[name], wanted[name], rtol=0, atol=1e-4, err_msg=name)


def test_a_thin_delta_takes_little_room(tmp_path):
    random = np.random.default_rng(0)
    change = {"a/kernel": random.normal(size=(60, 80)), "b/kernel": np.zeros((90, 90))}
    delta.save(tmp_path / "thin.npz", change, 4)
    assert (tmp_path / "thin.npz").stat().st_size < 4 * 140 * 2 + 2000


def test_a_delta_too_large_for_float16_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(CourseError, match="not finite"):
        delta.save(tmp_path / "x.npz", {"a/bias": np.array([1e9])}, 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_a_damaged_file_is_told(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(CourseError, match="holds no Δθ"):
        delta.read(tmp_path / "x.npz")
    with pytest.raises(CourseError, match="holds no Δθ"):
        delta.read(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", photos=np.zeros(3))
    with pytest.raises(CourseError, match="other arrays"):
        delta.read(tmp_path / "other.npz")


# -- the auditor ------------------------------------------------------------------------------


def test_the_auditor_tells_gradients_from_statistics():
    model = network()
    model.get_layer("conv").trainable = False
    before = delta.snapshot(model)
    found = delta.audit(trained(model), before)
    assert {"bn/gamma", "head/kernel", "depthwise/kernel"} <= set(found.trained)
    assert set(found.statistics) == {"bn/moving_mean", "bn/moving_variance"}
    assert (found.still, found.leaked) == ([], [])
    assert "statistics that moved" in str(found) and "bn/moving_mean" in str(found)


def test_the_auditor_sees_flags_that_lie():
    model = network()
    for layer in model.layers:
        layer.trainable = layer.name == "head"
    trained(model)
    for layer in model.layers:
        layer.trainable = True
    before = delta.snapshot(model)
    random = np.random.default_rng(0)
    model.fit(random.random((16, 6, 6, 2)), random.random((16, 3)), verbose=0)
    found = delta.audit(model, before)
    assert "conv/kernel" in found.still and "head/kernel" not in found.still
    for layer in model.layers:
        layer.trainable = False
    assert delta.audit(model, before).leaked == list(found.trained)


def test_the_auditor_compares_bits_and_takes_nan_for_unchanged():
    model = network()
    weights = model.get_weights()
    weights[0][0, 0, 0, 0] = np.nan
    model.set_weights(weights)
    before = delta.snapshot(model)
    assert delta.audit(model, before).trained == {}
    weights[0][1, 0, 0, 0] = np.nextafter(weights[0][1, 0, 0, 0], np.float32(9))
    model.set_weights(weights)
    assert list(delta.audit(model, before).trained) == ["conv/kernel"]


def test_the_auditor_refuses_another_models_snapshot():
    with pytest.raises(CourseError, match="different models"):
        delta.audit(network(units=5), delta.snapshot(network()))
