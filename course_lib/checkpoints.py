"""Small checkpoints: the weights of several models in one asset, as float16.

For trainings that a lesson shows in short and that were once run in full.
"""

import io
import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from course_lib import assets
from course_lib.errors import CourseError
from course_lib.language import _
from course_lib.plumbing import write_atomically


def save(name: str, models: Mapping[str, keras.Model], record: Mapping[str, Any]) -> int:
    """Write the weights of `models` as the asset `name`, and return its size in bytes.

    Args:
        name: of the file in the folder of assets, ending in `.npz`.
        models: name -> model. The order of a model's weights is that of `model.get_weights()`.
        record: how the weights came about, as plain values; stored beside them as JSON.
    """
    arrays: dict[str, Any] = {
        f"{model_name}/{index:03d}": np.float16(weights)
        for model_name, model in models.items()
        for index, weights in enumerate(model.get_weights())
    }
    content = io.BytesIO()
    np.savez_compressed(content, record=np.array(json.dumps(record)), **arrays)
    write_atomically(assets.FOLDER / name, content.getvalue())
    assets.refresh_manifest()
    return len(content.getvalue())


def load_into(name: str, models: Mapping[str, keras.Model]) -> dict[str, Any]:
    """Fill `models` with the weights that the asset `name` holds under their names.

    Args:
        name: of the asset.
        models: name -> built model of the architecture that was saved.

    Returns:
        The record that was stored with the weights.

    Raises:
        CourseError: the asset holds no such model, or weights of other shapes; then no model has
            been changed.
    """
    with np.load(assets.path(name), allow_pickle=False) as stored:
        record = json.loads(str(stored["record"]))
        weights = {
            model: [stored[key] for key in sorted(stored) if key.startswith(f"{model}/")]
            for model in models
        }
    for model_name, model in models.items():
        found = [array.shape for array in weights[model_name]]
        needed = [tuple(array.shape) for array in model.get_weights()]
        if found != needed:
            problem = _(
                "The weights of {model_name!r} in {name} have the shapes {found}, and the "
                "model needs {needed}. Build the model as the lesson does."
            )
            raise CourseError(
                problem.format(
                    model_name=model_name, name=name, found=found or _("of nothing"), needed=needed
                )
            )
    for model_name, model in models.items():
        model.set_weights([array.astype(np.float32) for array in weights[model_name]])
    return record
