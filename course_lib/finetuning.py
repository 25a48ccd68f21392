"""Transfer learning: freezing, unfreezing, rates of their own for layers, and the textbook head."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras

from course_lib.errors import CourseError

# Lessons that were released before December 2026 call these here; this line goes in December 2027.
from course_lib.feature_extraction import (  # noqa: F401
    cached_features,
    extract_features,
    fingerprint,
)
from course_lib.language import _


def freeze(model: keras.Model) -> None:
    """Make every weight of `model` a constant; its BatchNormalization then uses inference mode.

    Compile afterwards: Keras reads the flags when the first `fit` after `compile` builds its
    training step, and keeps that step until the model is compiled again. Freezing between `compile`
    and the first `fit` works; after it, it changes nothing, and nothing says so.
    """
    model.trainable = False


def unfreeze_from(model: keras.Model, layer_name: str) -> list[keras.Layer]:
    """Let the layers from `layer_name` to the output train; keep all before it frozen.

    Every BatchNormalization layer stays frozen, and with it in inference mode: in Keras 3
    `training=False` at the call does not survive `fit` once the layer is trainable, and its moving
    statistics would drift away from those that the pretrained weights expect. Compile afterwards.

    Returns:
        The layers that will train, in order, without those that have no weights.

    Raises:
        CourseError: `model` has no layer of that name.
    """
    names = [layer.name for layer in model.layers]
    if layer_name not in names:
        problem = _("{model} has no layer {layer_name!r}. Its last ones are: {names}.")
        raise CourseError(
            problem.format(model=model.name, layer_name=layer_name, names=", ".join(names[-8:]))
        )
    start = names.index(layer_name)
    # First the parent: changing its flag overwrites the flags of all layers below it.
    model.trainable = True
    for index, layer in enumerate(model.layers):
        layer.trainable = index >= start
    keep_batch_normalization_frozen(model)
    return [layer for layer in model.layers[start:] if layer.trainable_weights]


def keep_batch_normalization_frozen(model: keras.Model) -> int:
    """Freeze every BatchNormalization in `model`, nested ones too; return how many there are."""
    layers = [
        layer for layer in _all_layers(model) if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in layers:
        layer.trainable = False
    return len(layers)


class LayerwiseAdam(keras.optimizers.Adam):
    """Adam whose learning rate is multiplied by a factor of its own in each layer.

    Scaling gradients would not do: Adam divides them by their own size. This is the "discriminative
    fine-tuning" of Howard and Ruder, ULMFiT (ACL 2018), who divide the rate by 2.6 from one layer
    to the one below.

    Args:
        learning_rate: a number or a schedule, as for Adam.
        factors: layer name -> factor; layers that are not named have 1.
        kwargs: as for Adam.
    """

    def __init__(
        self, learning_rate: Any, factors: Mapping[str, float], name: str = "adam", **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, name=name, **kwargs)
        self.factors = dict(factors)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make the slots for `variables`, and note each one's factor by the name of its layer."""
        super().build(variables)
        layers = [variable.path.split("/")[-2] for variable in variables]
        self._factor_of = [self.factors.get(layer, 1.0) for layer in layers]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable with the learning rate of its layer."""
        factor = self._factor_of[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to make the same optimizer again."""
        return {**super().get_config(), "factors": self.factors}


def textbook_head(features: int, classes: int, *, hidden: int = 1024) -> keras.Sequential:
    """Return the head of the classic listing: Dense(hidden, ReLU), Dense(classes, softmax).

    It takes pooled features of shape (N, features) and gives probabilities of shape (N, classes).
    """
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="textbook_head",
    )


def _all_layers(model: keras.Layer) -> Iterable[keras.Layer]:
    # `_flatten_layers` would also reach wrapped layers, but it is private; nested models suffice.
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
