"""Solar cells: the ELPV images, the split of the course, and the network that was tuned to them.

The images lie in the Python package `elpv-dataset` and stay there: their licence is Creative
Commons Attribution-NonCommercial-ShareAlike 4.0 (CC BY-NC-SA 4.0). Cite Buerhop-Lutz and others,
"A Benchmark for Visual Identification of Defective Solar Cells in Electroluminescence Imagery"
(EU PVSEC 2018), and Deitsch and others, "Automatic classification of defective photovoltaic module
cells in electroluminescence images" (Solar Energy 185, 2019).
"""

import hashlib
import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from sklearn.model_selection import train_test_split

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.language import _, later

if TYPE_CHECKING:
    import keras

PACKAGE = "elpv-dataset"
LICENCE = "CC BY-NC-SA 4.0: non-commercial use, with attribution, shared alike"
CHECKPOINT = "solar_cells_float16.npz"

CELLS = 2624
SIDE = 300
TEST_SHARE = 0.25

# The first layer that was trained, and the last one before it, whose output stays as it was.
FIRST_TRAINED = "block_10_expand"
LAST_FROZEN = "block_9_add"
INPUT_SIZE = 288

_SHA256 = "c6f5209e1f439bed06cb0dc8e345294f84ee6bb020b79a1d21768a9921393cab"
_INSTALL = later(
    'Install it with `pip install --no-deps "elpv-dataset==1.0.0.post1"` (90 MB; the images are '
    "for non-commercial use, CC BY-NC-SA 4.0)"
)


class SolarCellsUnavailable(CourseError):
    """The package with the images is missing, incomplete or damaged."""


@dataclass(frozen=True)
class SolarCells:
    """All 2,624 cells of ELPV, in the order of the data set's own list.

    Attributes:
        images: uint8 (2624, 300, 300), grey levels of the electroluminescence.
        probability: float64 (2624,), one of 0, 1/3, 2/3, 1: how an expert rated the cell, from
            certainly functional to certainly defective.
        module_type: str (2624,), "mono" or "poly": mono- or polycrystalline silicon.
        licence: the terms of use, in one line.
    """

    images: np.ndarray
    probability: np.ndarray
    module_type: np.ndarray
    licence: str = LICENCE

    def __len__(self) -> int:
        return len(self.images)

    @property
    def strata(self) -> np.ndarray:
        """Text (N,) such as "poly 0.33": type and rating, which a split keeps in balance."""
        pairs = zip(self.module_type, self.probability, strict=True)
        return np.array([f"{kind} {probability:.2f}" for kind, probability in pairs])


def load() -> SolarCells:
    """Read the cells from the installed package `elpv-dataset` (licence: CC BY-NC-SA 4.0).

    Raises:
        SolarCellsUnavailable: the package is not installed, or what it holds is not what it should
            be; the message says what to install.
    """
    folder = _folder()
    names, probability, module_type = _read_list(folder / "labels.csv")
    with ThreadPoolExecutor() as threads:  # Pillow decodes outside of Python's lock
        images = np.stack(list(threads.map(_read_cell, [folder / name for name in names])))
    digest = hashlib.sha256(images.data)
    digest.update(" ".join(f"{p:.2f}" for p in probability).encode())
    digest.update(" ".join(module_type).encode())
    if digest.hexdigest() != _SHA256:
        raise _damaged(folder, _("other images or labels than those of the ELPV data set of 2019"))
    return SolarCells(images, probability, module_type)


def _folder() -> Path:
    specification = importlib.util.find_spec("elpv_dataset")
    if specification is None or specification.origin is None:
        problem = _(
            "The solar cells come with the Python package {package}, which is not installed here. "
            "{install}, then restart the kernel."
        )
        raise SolarCellsUnavailable(problem.format(package=PACKAGE, install=_(_INSTALL)))
    return Path(specification.origin).parent / "data"


def _read_list(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line]
        names, ratings, kinds = zip(*rows, strict=True)
        probability = np.array([float(rating) for rating in ratings])
    except (OSError, ValueError) as error:
        raise _damaged(path, _("it cannot be read, {error}").format(error=error)) from error
    if len(names) != CELLS or set(kinds) != {"mono", "poly"}:
        trouble = _("{count} cells of the types {kinds}")
        raise _damaged(path, trouble.format(count=len(names), kinds=sorted(set(kinds))))
    return list(names), probability, np.array(kinds)


def _read_cell(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
        raise _damaged(path, _("it cannot be read, {error}").format(error=error)) from error
    if pixels.shape != (SIDE, SIDE) or pixels.dtype != np.uint8:
        raise _damaged(path, _("no grey image of {side} × {side} pixels").format(side=SIDE))
    return pixels


def _damaged(path: Path, trouble: str) -> SolarCellsUnavailable:
    problem = _(
        "The package {package} is damaged or of another version ({path}: {trouble}). {install} "
        "and the option `--force-reinstall`, then restart the kernel."
    )
    return SolarCellsUnavailable(
        problem.format(package=PACKAGE, path=path, trouble=trouble, install=_(_INSTALL))
    )


def protocol_split(cells: SolarCells, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (training indices, test indices): 1,968 and 656 cells, as in Deitsch et al. (2019).

    Every combination of rating and module type has the same share in both parts. Which cells the
    article's own test part held is not published; `seed` draws one of the many possible splits.
    """
    everything = np.arange(len(cells))
    training, test = train_test_split(
        everything, test_size=TEST_SHARE, random_state=seed, stratify=cells.strata
    )
    return training, test


def fingerprint(indices: np.ndarray) -> str:
    """Return a SHA-256 of a set of indices, whatever their order: 64 hexadecimal digits."""
    return hashlib.sha256(np.sort(np.asarray(indices)).astype("<i8").tobytes()).hexdigest()


@dataclass(frozen=True)
class Tuned:
    """The network that `recipes/train_solar_cells.py` tuned to solar cells, and its record.

    Attributes:
        model: takes grey cells (N, 300, 300, 1), values 0 to 255, and gives the probability of a
            defect, (N, 1).
        record: how it was trained, and what was noted meanwhile.
        held_out: indices of the training cells that the sister run was not trained on.
        held_out_scores: that run's probabilities for them, float32 of the same length.
    """

    model: "keras.Model"
    record: dict[str, Any]
    held_out: np.ndarray
    held_out_scores: np.ndarray


def build_network(input_size: int = INPUT_SIZE) -> "keras.Model":
    """Return the untuned network: grey cell -> embedded backbone -> pooled twice -> probability.

    The last feature maps are pooled by average and by maximum, side by side, and a dense layer
    "defect" with a sigmoid follows.
    """
    import keras

    from course_lib import backbones

    backbone = backbones.load("embedded", input_size=input_size)
    cell = keras.Input((SIDE, SIDE, 1), name="cell")
    x = keras.layers.Resizing(input_size, input_size, antialias=True)(cell)
    x = keras.layers.Concatenate(name="grey_to_rgb")([x, x, x])
    maps = backbone.model(backbone.preprocessing(x), training=False)
    average = keras.layers.GlobalAveragePooling2D(name="average")(maps)
    maximum = keras.layers.GlobalMaxPooling2D(name="maximum")(maps)
    pooled = keras.layers.Concatenate(name="pooled")([average, maximum])
    probability = keras.layers.Dense(1, activation="sigmoid", name="defect")(pooled)
    return keras.Model(cell, probability, name="solar_cell_inspector")


def load_tuned(test_indices: np.ndarray) -> Tuned:
    """Return the tuned network, provided that it never saw the cells at `test_indices`.

    The weights were learnt from images under CC BY-NC-SA 4.0 and are offered under the same terms.

    Raises:
        CourseError: the network was trained for another split, so some of these cells may have
            been among its training cells, and a test on them would prove nothing.
    """
    with np.load(assets.path(CHECKPOINT), allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    record = json.loads(str(stored.pop("record")))
    if fingerprint(test_indices) != record["test_fingerprint"]:
        problem = _(
            "The shipped network was trained for another test part: some of these cells may "
            "be cells that it learnt from. Use protocol_split(cells, seed={seed})."
        )
        raise CourseError(problem.format(seed=record["seed"]))
    held_out, scores = stored.pop("held_out"), stored.pop("held_out_scores")
    model = build_network(record["input_size"])
    variables = trained_variables(model)
    for name, values in stored.items():
        variables[name].assign(values.astype(np.float32))
    return Tuned(model, record, held_out, scores)


def trained_variables(model: "keras.Model") -> dict[str, Any]:
    """Return "layer/variable" -> variable for all that the checkpoint holds of `build_network`.

    Those are the kernels from `FIRST_TRAINED` on and the dense layer; the statistics and scales of
    batch normalization stay those of the backbone.
    """
    import keras

    backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    names = [layer.name for layer in backbone.layers]
    layers = [*backbone.layers[names.index(FIRST_TRAINED) :], model.get_layer("defect")]
    return {
        f"{layer.name}/{variable.name}": variable
        for layer in layers
        if not isinstance(layer, keras.layers.BatchNormalization)
        for variable in layer.weights
    }
