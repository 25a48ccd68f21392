"""Keras models and layers between the judge and a learner's process: architecture, weights, state.

Nothing of Keras is pickled. A layer crosses as its configuration, a functional or sequential model
as the graph of its layers, weights as numeric arrays, and the receiver builds its own objects in
Keras's safe mode. Each object gets a name that both ends remember, so that

- a layer that stands in two models is one object at the other end too,
- a model that is handed back is the receiver's own object, with the sender's changes, and
- whatever a call changed (weights, `trainable`, a new `compile`) is carried over after it.

So a test can give the learner's function a model, train it afterwards, and inspect its own base.
What can't be rebuilt (a subclassed model or layer, a Lambda, a loss that the learner wrote) raises
`NotPortableError` at the sender.
"""

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from course_lib import backbones  # noqa: F401  (registers the package's own layers)
from course_tools.grading.wire.packing import (
    MalformedError,
    NotPortableError,
    Packer,
    Unpacker,
)

# Layers whose configuration can hold code or name files.
_REFUSED_CLASSES = {
    *("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
    *("__lambda__", "__typespec__"),
}
_VOCABULARY_CLASSES = {"StringLookup", "IntegerLookup", "TextVectorization"}
# The weights of all models of one conversation together.
MAX_WEIGHT_BYTES = 400 * 2**20
MAX_OBJECTS = 20_000


class _ExistingLayer:
    """Stands for a layer that exists already in a model's configuration."""

    layers: dict[str, keras.Layer] = {}

    @classmethod
    def from_config(cls, config: dict) -> keras.Layer:
        return cls.layers[config["id"]]


_EXISTING_LAYER = {
    "module": "course",
    "class_name": "Reference",
    "registered_name": "course>Reference",
}


class KerasExchange:
    """The Keras objects of one conversation, at one end.

    `side` begins the names that this end gives, and differs between the two ends.
    """

    def __init__(self, side: str):
        self._side = side
        self._objects: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._pending: list[dict] = []
        # The state of each object when the two ends last agreed on it.
        self._agreed: dict[str, dict] = {}
        self._weight_bytes: dict[str, int] = {}

    def encode(self, value: Any) -> dict | None:
        """Return the node of a Keras layer or model; None for other values.

        Raises:
            NotPortableError: it is a Keras object that can't be rebuilt.
        """
        if isinstance(value, keras.KerasTensor):
            raise NotPortableError("a symbolic Keras tensor")
        if not isinstance(value, keras.Layer):
            return None
        before = len(self._pending)
        try:
            return {"$": "keras", "id": self._name(value)}
        except NotPortableError:
            for definition in self._pending[before:]:
                self._forget(definition["id"])
            del self._pending[before:]
            raise

    def decode(self, node: dict) -> Any:
        """Return this end's object."""
        try:
            return self._objects[node["id"]]
        except (KeyError, TypeError):
            raise MalformedError("a Keras object that was never described") from None

    def take_updates(self, packer: Packer) -> dict | None:
        """Return what the other end must know before it reads values: new objects and changes."""
        if not self._objects:
            return None
        new, self._pending = self._pending, []
        changes = []
        for name, keras_object in self._objects.items():
            change = self._change(name, keras_object, packer)
            if change:
                changes.append(change)
        return {"new": new, "changes": changes, "flags": self._flags()}

    def _flags(self) -> list[dict]:
        layers = {n: t for n, t in self._objects.items() if isinstance(t, keras.Layer)}
        return [{"id": name, "trainable": bool(layer.trainable)} for name, layer in layers.items()]

    def apply_updates(self, updates: dict, unpacker: Unpacker) -> None:
        """Build the other end's new objects and apply its changes.

        Raises:
            MalformedError: they can't be built or don't fit.
        """
        try:
            for definition in updates["new"]:
                self._register(self._new_name(definition), self._build(definition))
            for change in updates["changes"]:
                self._apply_change(change, unpacker)
            # A model hands its flag on to its layers, and is described after them: parents first,
            # so that each layer ends with its own.
            for change in reversed(updates["flags"]):
                keras_object = self.decode(change)
                if keras_object.trainable != change["trainable"]:
                    keras_object.trainable = bool(change["trainable"])
            for name in self._objects:
                self._agreed[name] = _state(self._objects[name])
        except (MalformedError, MemoryError):
            raise
        except Exception as error:  # Keras raises anything on a configuration that is wrong
            raise MalformedError(
                f"a Keras object that can't be rebuilt ({error!r:.300})"
            ) from error

    # -- names --------------------------------------------------------------------------------

    def _name(self, keras_object: Any) -> str:
        """Return the object's name; describe it, and before it its layers, when it is new."""
        if id(keras_object) in self._names:
            return self._names[id(keras_object)]
        definition = _describe(keras_object, self._name)
        definition["id"] = f"{self._side}{len(self._objects)}"
        self._register(definition["id"], keras_object)
        self._pending.append(definition)
        return definition["id"]

    def _new_name(self, definition: dict) -> str:
        """Return the name of an object that the other end describes: new, and one of its own."""
        name = definition["id"]
        if type(name) is not str or name in self._objects or name.startswith(self._side):
            raise MalformedError("a Keras object under the name of another")
        if len(self._objects) >= MAX_OBJECTS:
            raise MalformedError(f"more than {MAX_OBJECTS} Keras objects")
        return name

    def _register(self, name: str, keras_object: Any) -> None:
        self._objects[name] = keras_object
        self._names[id(keras_object)] = name

    def _forget(self, name: str) -> None:
        self._names.pop(id(self._objects.pop(name)), None)

    # -- building -----------------------------------------------------------------------------

    def _build(self, definition: dict) -> Any:
        if definition["kind"] == "layer":
            return _rebuild_layer(definition["config"])
        if definition["kind"] == "sequential":
            model = keras.Sequential(name=definition["name"])
            for name in definition["layers"]:
                model.add(self.decode({"id": name}))
            if definition["build_shape"] and not model.built:
                model.build(_as_shape(definition["build_shape"]))
            return model
        if definition["kind"] == "functional":
            return self._build_functional(definition["config"])
        raise MalformedError("a Keras object of unknown kind")

    def _build_functional(self, config: dict) -> keras.Model:
        _refuse_dangerous(config)
        offsets = {}
        for layer in config["layers"]:
            existing = self.decode({"id": layer["id"]})
            if not isinstance(existing, keras.layers.InputLayer):
                # The layer may stand in other models: this model's nodes come after theirs.
                offsets[layer["name"]] = len(existing._inbound_nodes)
            layer.update(_EXISTING_LAYER, config={"id": layer["id"]})
        config = _shift_nodes(config, offsets)
        _ExistingLayer.layers = self._objects
        with keras.saving.custom_object_scope({_EXISTING_LAYER["registered_name"]: _ExistingLayer}):
            return keras.Model.from_config(config)

    # -- state --------------------------------------------------------------------------------

    def _change(self, name: str, keras_object: Any, packer: Packer) -> dict | None:
        """Return how the object's state differs from what was agreed, and agree on the new one."""
        state = _state(keras_object)
        agreed = self._agreed.get(name, {})
        change: dict = {"id": name}
        if not _same_arrays(state["weights"], agreed.get("weights", [])):
            change["weights"] = [packer.pack(array) for array in state["weights"]]
            change["build"] = _json(keras_object.get_build_config())
        if state["compiled"] is not agreed.get("compiled"):
            change["compile"] = _portable(state["compiled"].serialize())
            change["same_optimizer"] = state["optimizer"] is agreed.get("optimizer")
        if not _same_arrays(state["slots"], agreed.get("slots", [])):
            change["slots"] = [packer.pack(array) for array in state["slots"]]
        self._agreed[name] = state
        return change if len(change) > 1 else None

    def _apply_change(self, change: dict, unpacker: Unpacker) -> None:
        keras_object = self.decode(change)
        if "weights" in change:
            weights = [unpacker.unpack(node) for node in change["weights"]]
            self._check_size(change["id"], weights)
            _set_weights(keras_object, weights, change["build"])
        if "compile" in change:
            _compile(keras_object, change["compile"], bool(change["same_optimizer"]))
        if "slots" in change:
            slots = [unpacker.unpack(node) for node in change["slots"]]
            _set_slots(keras_object.optimizer, slots, keras_object)

    def _check_size(self, name: str, weights: list) -> None:
        self._weight_bytes[name] = sum(array.nbytes for array in weights)
        if sum(self._weight_bytes.values()) > MAX_WEIGHT_BYTES:
            raise MalformedError(f"weights of more than {MAX_WEIGHT_BYTES / 2**20:.0f} MiB")


def _describe(keras_object: Any, name_of: Callable[[Any], str]) -> dict:
    """Return a new object's description, in which its layers appear by name."""
    kind = type(keras_object)
    if kind is keras.Sequential:
        return _describe_sequential(keras_object, name_of)
    if isinstance(keras_object, keras.Model):
        if kind.__module__.split(".")[0] != "keras" or not hasattr(keras_object, "operations"):
            raise NotPortableError(f"a model of the class {kind.__name__}")
        return _describe_functional(keras_object, name_of)
    return {"kind": "layer", "config": _portable(keras.saving.serialize_keras_object(keras_object))}


def _describe_sequential(model: keras.Sequential, name_of: Callable[[Any], str]) -> dict:
    shape = getattr(model, "_build_shapes_dict", None) and model.get_build_config()
    return {
        "kind": "sequential",
        "name": model.name,
        "layers": [name_of(layer) for layer in model._layers if layer is not model._functional],
        "build_shape": _json(shape["input_shape"]) if shape and model.built else None,
    }


def _describe_functional(model: Any, name_of: Callable[[Any], str]) -> dict:
    names = {operation.name: name_of(operation) for operation in model.operations}
    config = _json(model.get_config())
    config["layers"] = [
        {key: layer[key] for key in ("name", "inbound_nodes")} | {"id": names[layer["name"]]}
        for layer in config["layers"]
    ]
    return {"kind": "functional", "config": config}


def _rebuild_layer(config: dict) -> Any:
    _refuse_dangerous(config)
    layer = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if not isinstance(layer, keras.Operation):
        raise MalformedError("something that is not a layer")
    return layer


def _refuse_dangerous(node: Any) -> None:
    """Refuse configurations that name classes outside Keras and this package, code or files."""
    if isinstance(node, list):
        for item in node:
            _refuse_dangerous(item)
    if not isinstance(node, dict):
        return
    name, module = node.get("class_name"), node.get("module")
    if name in _REFUSED_CLASSES or (
        name in _VOCABULARY_CLASSES and isinstance(node["config"].get("vocabulary"), str)
    ):
        raise MalformedError(f"a {name} layer, which can't be rebuilt safely")
    if name is not None and "config" in node and not _is_course_layer(node):
        if not isinstance(name, str) or not name.isidentifier():  # "layers.Lambda" is Lambda, too
            raise MalformedError("a layer of a class without a name")
        if not (module is None or module == "builtins" or str(module).split(".")[0] == "keras"):
            raise MalformedError(f"a {name}, which is not part of Keras")
        if module is None and not name.startswith("__"):
            raise MalformedError(f"a {name} that the learner wrote")
        if name == "function" and not _is_function_of_keras(str(node["config"])):
            raise MalformedError(f"the function {node['config']}, which is not part of Keras")
    for item in node.values():
        _refuse_dangerous(item)


def _is_course_layer(node: dict) -> bool:
    """Tell whether a configuration is of one of this package's own layers."""
    name = node.get("registered_name")
    if not isinstance(name, str) or name != f"course_lib>{node.get('class_name')}":
        return False
    kind = keras.saving.get_registered_object(name)
    return kind is not None and kind.__module__.split(".")[0] == "course_lib"


def _is_function_of_keras(name: str) -> bool:
    places = (keras.activations, keras.losses, keras.metrics, keras.ops, keras.initializers)
    return any(hasattr(place, name) for place in places)


def _shift_nodes(node: Any, offsets: dict[str, int]) -> Any:
    """Return a model's configuration with every reference to a layer's n-th call moved up."""
    if isinstance(node, list):
        if len(node) == 3 and isinstance(node[0], str) and type(node[1]) is type(node[2]) is int:
            return [node[0], node[1] + offsets.get(node[0], 0), node[2]]
        return [_shift_nodes(item, offsets) for item in node]
    if isinstance(node, dict):
        return {key: _shift_nodes(item, offsets) for key, item in node.items()}
    return node


def _state(keras_object: Any) -> dict:
    is_model = isinstance(keras_object, keras.Model)
    is_layer = isinstance(keras_object, keras.Layer)
    compiled = is_model and getattr(keras_object, "compiled", False)
    optimizer = keras_object.optimizer if compiled else None
    return {
        # A model's weights are those of its layers, which cross by themselves.
        "weights": [] if is_model or not is_layer else keras_object.get_weights(),
        "compiled": keras_object._compile_config if compiled else None,
        "optimizer": optimizer,
        "slots": [] if optimizer is None else [v.numpy() for v in optimizer.variables],
    }


def _set_weights(layer: keras.Layer, weights: list, build: Any) -> None:
    if not layer.built:
        layer.build_from_config(build)
    layer.set_weights(weights)


def _compile(model: keras.Model, config: dict, same_optimizer: bool) -> None:
    _refuse_dangerous(config)
    arguments = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if same_optimizer:
        arguments["optimizer"] = model.optimizer
    model.compile(**arguments)


def _set_slots(optimizer: Any, slots: list, model: keras.Model) -> None:
    """Give an optimizer the sender's learning rate, step count and slots."""
    if not optimizer.built and len(slots) > len(optimizer.variables):
        optimizer.build(model.trainable_variables)
    if len(slots) == len(optimizer.variables):
        for variable, value in zip(optimizer.variables, slots, strict=True):
            variable.assign(value)


def _same_arrays(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return len(some) == len(others) and all(
        a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for a, b in zip(some, others, strict=True)
    )


def _as_shape(shape: Any) -> Any:
    if isinstance(shape, list):
        return tuple(_as_shape(item) if isinstance(item, list) else item for item in shape)
    if isinstance(shape, dict):
        return {key: _as_shape(item) for key, item in shape.items()}
    return shape


def _portable(config: Any) -> Any:
    """Return a configuration as JSON.

    Raises:
        NotPortableError: the other end would refuse it.
    """
    config = _json(config)
    try:
        _refuse_dangerous(config)
    except MalformedError as error:
        raise NotPortableError(str(error)) from None
    return config


def _json(config: Any) -> Any:
    """Return the configuration as JSON would carry it (tuples become lists)."""
    try:
        return json.loads(json.dumps(config))
    except (TypeError, ValueError) as error:
        raise NotPortableError(f"a layer whose configuration is not plain data ({error})") from None
