"""Keras models and layers between the judge and a learner's process: architecture, weights, state.

Nothing of Keras is pickled. A layer crosses as its configuration, a functional or sequential model
as the graph of its layers, weights as numeric arrays, and the receiver builds its own objects in
Keras's safe mode. Each object gets a name that both ends remember, so that

- a layer that stands in two models is one object at the other end too,
- a model that is handed back is the receiver's own object, with the sender's changes, and
- after every call what changed (weights, `trainable`, a new `compile`) is carried over.

So a test can give the learner's function a model, train it afterwards, and look at its own base.
What can't be rebuilt (a subclassed model or layer, a Lambda, a loss that the learner wrote) raises
`NotPortableError` at the sender.
"""

import json
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
    "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer",
    "__lambda__", "__typespec__",
}  # fmt: skip
_VOCABULARY_CLASSES = {"StringLookup", "IntegerLookup", "TextVectorization"}
# Weights of all models of one conversation.
MAX_WEIGHT_BYTES = 400 * 2**20
MAX_OBJECTS = 20_000


class _Reference:
    """Stands in a model's configuration for a layer that exists already."""

    layers: dict[str, keras.Layer] = {}

    @classmethod
    def from_config(cls, config: dict) -> keras.Layer:
        return cls.layers[config["id"]]


class KerasExchange:
    """The Keras objects of one conversation, at one end.

    `side` begins the names that this end gives, and differs between the two ends.
    """

    def __init__(self, side: str):
        self._side = side
        self._objects: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._pending: list[dict] = []
        # What the other end knows of each object: its state when the two last agreed.
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

    def take_news(self, packer: Packer) -> dict | None:
        """Return what the other end must know before it reads values: new objects and changes."""
        if not self._objects:
            return None
        new, self._pending = self._pending, []
        changes = []
        for name, thing in self._objects.items():
            change = self._change(name, thing, packer)
            if change:
                changes.append(change)
        return {"new": new, "changes": changes, "flags": self._flags()}

    def _flags(self) -> list[dict]:
        layers = {n: t for n, t in self._objects.items() if isinstance(t, keras.Layer)}
        return [{"id": name, "trainable": bool(layer.trainable)} for name, layer in layers.items()]

    def learn_news(self, news: dict, unpacker: Unpacker) -> None:
        """Build the other end's new objects and apply its changes.

        Raises:
            MalformedError: they can't be built or don't fit.
        """
        try:
            for definition in news["new"]:
                self._register(self._new_name(definition), self._build(definition))
            for change in news["changes"]:
                self._apply(change, unpacker)
            # A model hands its flag on to its layers, and is described after them: parents first,
            # so that each layer ends with its own.
            for change in reversed(news["flags"]):
                thing = self.decode(change)
                if thing.trainable != change["trainable"]:
                    thing.trainable = bool(change["trainable"])
            for name in self._objects:
                self._agreed[name] = _state(self._objects[name])
        except (MalformedError, MemoryError):
            raise
        except Exception as error:  # Keras raises anything on a configuration that is wrong
            raise MalformedError(
                f"a Keras object that can't be rebuilt ({error!r:.300})"
            ) from error

    # -- names --------------------------------------------------------------------------------

    def _name(self, thing: Any) -> str:
        """Return the object's name; describe it, and before it its layers, when it is new."""
        if id(thing) in self._names:
            return self._names[id(thing)]
        definition = _describe(thing, self._name)
        definition["id"] = f"{self._side}{len(self._objects)}"
        self._register(definition["id"], thing)
        self._pending.append(definition)
        return definition["id"]

    def _new_name(self, definition: dict) -> str:
        """Return the name of an object that the other end describes: one of its names, and new."""
        name = definition["id"]
        if type(name) is not str or name in self._objects or name.startswith(self._side):
            raise MalformedError("a Keras object under the name of another one")
        if len(self._objects) >= MAX_OBJECTS:
            raise MalformedError(f"more than {MAX_OBJECTS} Keras objects")
        return name

    def _register(self, name: str, thing: Any) -> None:
        self._objects[name] = thing
        self._names[id(thing)] = name

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
            layer.update(
                module="course", class_name="Reference", registered_name="course>Reference",
                config={"id": layer["id"]},
            )  # fmt: skip
        config = _shift_nodes(config, offsets)
        _Reference.layers = self._objects
        with keras.saving.custom_object_scope({"course>Reference": _Reference}):
            return keras.Model.from_config(config)

    # -- state --------------------------------------------------------------------------------

    def _change(self, name: str, thing: Any, packer: Packer) -> dict | None:
        """Return how the object's state differs from what was agreed, and agree on the new one."""
        state = _state(thing)
        agreed = self._agreed.get(name, {})
        change: dict = {"id": name}
        if not _same_arrays(state["weights"], agreed.get("weights", [])):
            change["weights"] = [packer.pack(array) for array in state["weights"]]
            change["build"] = _json(thing.get_build_config())
        if state["compiled"] is not agreed.get("compiled"):
            change["compile"] = _portable(state["compiled"].serialize())
            change["same_optimizer"] = state["optimizer"] is agreed.get("optimizer")
        if not _same_arrays(state["slots"], agreed.get("slots", [])):
            change["slots"] = [packer.pack(array) for array in state["slots"]]
        self._agreed[name] = state
        return change if len(change) > 1 else None

    def _apply(self, change: dict, unpacker: Unpacker) -> None:
        thing = self.decode(change)
        if "weights" in change:
            weights = [unpacker.unpack(node) for node in change["weights"]]
            self._check_size(change["id"], weights)
            _set_weights(thing, weights, change["build"])
        if "compile" in change:
            _compile(thing, change["compile"], bool(change["same_optimizer"]))
        if "slots" in change:
            _set_slots(thing.optimizer, [unpacker.unpack(node) for node in change["slots"]], thing)

    def _check_size(self, name: str, weights: list) -> None:
        self._weight_bytes[name] = sum(array.nbytes for array in weights)
        if sum(self._weight_bytes.values()) > MAX_WEIGHT_BYTES:
            raise MalformedError(f"weights of more than {MAX_WEIGHT_BYTES / 2**20:.0f} MiB")


def _describe(thing: Any, name_of: Any) -> dict:
    """Return a new object's description, in which its layers appear by name."""
    kind = type(thing)
    if kind is keras.Sequential:
        shape = getattr(thing, "_build_shapes_dict", None) and thing.get_build_config()
        return {
            "kind": "sequential",
            "name": thing.name,
            "layers": [name_of(layer) for layer in thing._layers if layer is not thing._functional],
            "build_shape": _json(shape["input_shape"]) if shape and thing.built else None,
        }
    if isinstance(thing, keras.Model):
        if kind.__module__.split(".")[0] != "keras" or not hasattr(thing, "operations"):
            raise NotPortableError(f"a model of the class {kind.__name__}")
        names = {operation.name: name_of(operation) for operation in thing.operations}
        config = _json(thing.get_config())
        config["layers"] = [
            {
                "name": each["name"],
                "inbound_nodes": each["inbound_nodes"],
                "id": names[each["name"]],
            }
            for each in config["layers"]
        ]
        return {"kind": "functional", "config": config}
    return {"kind": "layer", "config": _portable(keras.saving.serialize_keras_object(thing))}


def _rebuild_layer(config: dict) -> Any:
    _refuse_dangerous(config)
    layer = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if not isinstance(layer, keras.Operation):
        raise MalformedError("something that is no layer")
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
    if name is not None and "config" in node and not _is_ours(node):
        if not isinstance(name, str) or not name.isidentifier():  # "layers.Lambda" is Lambda, too
            raise MalformedError("a layer of a class without a name")
        if not (module is None or module == "builtins" or str(module).split(".")[0] == "keras"):
            raise MalformedError(f"a {name}, which is no part of Keras")
        if module is None and not name.startswith("__"):
            raise MalformedError(f"a {name} that the learner wrote")
        if name == "function" and not _is_function_of_keras(str(node["config"])):
            raise MalformedError(f"the function {node['config']}, which is no part of Keras")
    for item in node.values():
        _refuse_dangerous(item)


def _is_ours(node: dict) -> bool:
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


def _state(thing: Any) -> dict:
    is_model = isinstance(thing, keras.Model)
    is_layer = isinstance(thing, keras.Layer)
    compiled = is_model and getattr(thing, "compiled", False)
    optimizer = thing.optimizer if compiled else None
    return {
        # A model's weights are those of its layers, which cross by themselves.
        "weights": [] if is_model or not is_layer else thing.get_weights(),
        "compiled": thing._compile_config if compiled else None,
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
    """Return a configuration as JSON, or say that the other end would refuse it."""
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
        raise NotPortableError(f"a layer whose configuration is no plain data ({error})") from None
