"""Δθ, what fine-tuning changes: the difference of two snapshots, measured, moved, compressed.

Names follow Ilharco and others, "Editing Models with Task Arithmetic" (ICLR 2023), where Δθ is
called a task vector: θ is `snapshot(model)`, Δθ is `snapshot(model) - theta`, and a point on the
line through both is `theta + alpha * delta`.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_lib.errors import CourseError
from course_lib.language import _, padded
from course_lib.plumbing import write_atomically

_STATISTICS = {"moving_mean", "moving_variance"}


class Parameters(dict[str, np.ndarray]):
    """All weights of a model, or a difference of such, by name: a dict that adds up like a vector.

    Names are like `"block_16_project/kernel"`, with the names of enclosing models in front. A sum,
    a difference or a multiple is computed in float64. The difference of two float32 snapshots is
    therefore exact, and `before + (after - before)` rounds to `after` to the last bit, unless a
    weight has become some 2**29 times smaller than it was.

    Raises:
        CourseError: on adding or subtracting other names, or arrays of other shapes.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__({name: np.asarray(array) for name, array in arrays.items()})

    def __add__(self, other: Mapping[str, np.ndarray]) -> "Parameters":
        _require_same_shapes(self, other)
        return Parameters({name: _wide(array) + other[name] for name, array in self.items()})

    def __sub__(self, other: Mapping[str, np.ndarray]) -> "Parameters":
        _require_same_shapes(self, other)
        return Parameters({name: _wide(array) - other[name] for name, array in self.items()})

    def __mul__(self, factor: float) -> "Parameters":
        return Parameters({name: _wide(array) * float(factor) for name, array in self.items()})

    __rmul__ = __mul__

    def __neg__(self) -> "Parameters":
        return self * -1.0

    def __repr__(self) -> str:
        numbers = sum(array.size for array in self.values())
        text = _("Parameters({numbers:,} numbers in {arrays} arrays, norm {norm:.4g})")
        return text.format(numbers=numbers, arrays=len(self), norm=norm(self))


def snapshot(model: keras.Model) -> Parameters:
    """Return copies of all weights of `model`, trainable or not, by name.

    Optimizer slots and the states of random generators are not weights.

    Raises:
        CourseError: the model has no weights yet, because it does not know its input's shape.
    """
    return Parameters({name: variable.numpy() for name, variable in _variables(model).items()})


def load(model: keras.Model, parameters: Mapping[str, np.ndarray]) -> None:
    """Assign `parameters` to the weights of `model`, rounded to each weight's own type.

    Raises:
        CourseError: the names or shapes are not exactly those of `snapshot(model)`; the model is
            then left as it was.
    """
    variables = _variables(model)
    _require_same_shapes(variables, parameters)
    for name, variable in variables.items():
        variable.assign(np.asarray(parameters[name]).astype(variable.dtype))


def norm(delta: Mapping[str, np.ndarray]) -> float:
    """Return the Euclidean norm of all numbers together (for a matrix: the Frobenius norm)."""
    return float(np.sqrt(sum(np.sum(np.square(_wide(array))) for array in delta.values())))


def as_matrix(array: np.ndarray) -> np.ndarray:
    """Return a kernel as the matrix (everything that is summed over, output channels).

    A Conv2D kernel (height, width, in, out) becomes (height · width · in, out), a Dense kernel
    stays as it is. A depthwise kernel (height, width, in, 1) has one column, and so has a
    bias or another vector: their rank is 1 at most, and nothing can be saved on them.
    """
    array = np.asarray(array)
    return array.reshape(-1, array.shape[-1]) if array.ndim >= 2 else array.reshape(-1, 1)


def singular_values(array: np.ndarray) -> np.ndarray:
    """Return the spectrum of `as_matrix(array)`: its singular values, the largest first, float64.

    Raises:
        CourseError: there is a number that is not finite.
    """
    _require_finite({_("this array"): array})
    return np.linalg.svd(_wide(as_matrix(array)), compute_uv=False)


def save(path: Path, delta: Mapping[str, np.ndarray], rank: int) -> None:
    """Write Δθ as float16 factors of `rank` (.npz); arrays that are all zero are left out.

    Vectors and depthwise kernels stay whole, see `as_matrix`.

    Raises:
        CourseError: `rank` is not a whole number from 0 upwards, a number is not finite, or a
            factor is too large for float16.
    """
    arrays: dict[str, Any] = {}
    for name, (left, right) in _factors(delta, rank).items():
        arrays[f"{name}:shape"] = np.array(np.shape(delta[name]), dtype=np.int32)
        if not left.any():
            continue
        parts = {"left": left, "right": right}
        if left.size + right.size >= left.shape[0] * right.shape[1]:
            parts = {"whole": left @ right}
        for part, values in parts.items():
            with np.errstate(over="ignore"):
                arrays[f"{name}:{part}"] = values.astype(np.float16)
    _require_finite(arrays)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_atomically(Path(path), content.getvalue())


def read(path: Path) -> Parameters:
    """Return the Δθ that `save` wrote, as float64.

    Raises:
        CourseError: the file cannot be read, or is none of those.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: _wide(stored[name]) for name in stored.files}
        shapes = {n.removesuffix(":shape"): a for n, a in arrays.items() if n.endswith(":shape")}
        if not shapes:
            raise ValueError(_("it holds other arrays"))
        return Parameters({name: _rebuilt(name, shape, arrays) for name, shape in shapes.items()})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        problem = _("{path} holds no Δθ that can be read: {error}")
        raise CourseError(problem.format(path=path, error=error)) from error


@dataclass(frozen=True)
class Audit:
    """What really moved between two snapshots, beside what the model's flags promise.

    Attributes:
        trained: names of the weights that moved, other than statistics -> ‖Δ‖ / ‖before‖.
        statistics: the same for moving means and variances of normalization layers.
        still: names of the weights whose flag says trainable and that did not move.
        leaked: names of the weights whose flag says frozen and that moved, statistics not counted.
    """

    trained: dict[str, float]
    statistics: dict[str, float]
    still: list[str]
    leaked: list[str]

    def __str__(self) -> str:
        rows = (
            (_("moved by gradients"), self.trained),
            (_("statistics that moved"), self.statistics),
            (_("flag says trainable, stood still"), self.still),
            (_("flag says frozen, moved"), self.leaked),
        )
        return "\n".join(padded(what, 34) + _listed(names) for what, names in rows)


def audit(model: keras.Model, before: Mapping[str, np.ndarray]) -> Audit:
    """Compare `model` with an earlier snapshot of it, bit by bit, and with its `trainable` flags.

    NaN counts as equal to NaN.

    Raises:
        CourseError: `before` has other names or shapes than the model.
    """
    variables = _variables(model)
    _require_same_shapes(variables, before)
    open_now = {id(variable) for variable in model.trainable_weights}
    moved, still, leaked = {}, [], []
    for name, variable in variables.items():
        now, trainable = variable.numpy(), id(variable) in open_now
        if np.array_equal(now, before[name], equal_nan=now.dtype.kind == "f"):
            still += [name] if trainable else []
            continue
        size = norm({name: before[name]})
        moved[name] = norm({name: _wide(now) - before[name]}) / size if size else np.inf
        leaked += [] if trainable or _is_statistic(name) else [name]
    trained = {name: size for name, size in moved.items() if not _is_statistic(name)}
    statistics = {name: size for name, size in moved.items() if _is_statistic(name)}
    return Audit(trained, statistics, still, leaked)


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Return every weight by "layer/weight", the names of enclosing models in front."""
    found: dict[str, keras.Variable] = {}
    _collect(model, "", found)
    known = {id(variable) for variable in found.values()}
    # A subclass can hold weights of its own, outside of any layer.
    found |= {v.path: v for v in model.weights if id(v) not in known}
    if not found:
        problem = _(
            "{model} has no weights. If it was made without an input shape, call it on one "
            "batch first."
        )
        raise CourseError(problem.format(model=model.name))
    return found


def _collect(model: keras.Model, prefix: str, found: dict[str, keras.Variable]) -> None:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _collect(layer, f"{prefix}{layer.name}/", found)
            continue
        for variable in layer.weights:
            # A layer made of layers, such as attention, has several weights of the same name.
            inner = variable.path.rpartition(f"{layer.name}/")[2] or variable.name
            found[f"{prefix}{layer.name}/{inner}"] = variable


def _is_statistic(name: str) -> bool:
    return name.rpartition("/")[2] in _STATISTICS


def _factors(
    delta: Mapping[str, np.ndarray], rank: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each array two matrices whose product is the nearest matrix of that rank.

    Vectors and depthwise kernels, (n, 1) as matrices, are never cut, not even to rank 0.
    """
    if rank != int(rank) or rank < 0:
        problem = _("A rank is a whole number from 0 upwards, not {rank!r}.")
        raise CourseError(problem.format(rank=rank))
    _require_finite(delta)
    factors = {}
    for name, array in delta.items():
        matrix = _wide(as_matrix(array))
        if matrix.shape[1] == 1:
            factors[name] = matrix, np.ones((1, 1))
            continue
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
        # Half of each singular value on either side, so that both suit a narrow number format.
        root = np.sqrt(values[: int(rank)])
        factors[name] = left[:, : len(root)] * root, root[:, None] * right[: len(root)]
    return factors


def _rebuilt(name: str, shape: np.ndarray, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    size = tuple(shape.astype(int))
    if f"{name}:whole" in arrays:
        return arrays[f"{name}:whole"].reshape(size)
    if f"{name}:left" in arrays:
        return (arrays[f"{name}:left"] @ arrays[f"{name}:right"]).reshape(size)
    return np.zeros(size)


def _wide(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype(np.float64)


def _require_same_shapes(one: Mapping, other: Mapping) -> None:
    if missing := [*(set(one) ^ set(other))]:
        some = ", ".join(sorted(missing)[:4])
        problem = _(
            "These are weights of different models: {count} names occur in only "
            "one of them, such as {some}. Take both snapshots of models that were built "
            "alike."
        )
        raise CourseError(problem.format(count=len(missing), some=some))
    for name in one:
        if tuple(np.shape(one[name])) != tuple(np.shape(other[name])):
            problem = _(
                "{name} has the shape {one} in one and {other} in the other: they belong to "
                "different models."
            )
            raise CourseError(
                problem.format(
                    name=name, one=tuple(np.shape(one[name])), other=tuple(np.shape(other[name]))
                )
            )


def _require_finite(arrays: Mapping[str, np.ndarray]) -> None:
    bad = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if bad:
        problem = _(
            "There are numbers that are not finite in {names}. Usually the training "
            "diverged: use a smaller learning rate."
        )
        raise CourseError(problem.format(names=", ".join(bad[:4])))


def _listed(names: Mapping[str, float] | list[str]) -> str:
    if not names:
        return _("none")
    shown = list(names)[:3]
    return f"{len(names)}: {', '.join(shown)}{', …' if len(names) > 3 else ''}"
