"""Helpers of the course on pretrained models: data, backbones, metrics, plots; never the idea.

Importing the package costs milliseconds: a submodule, and with it Keras, is imported when it is
first used (`course_lib.data`, or `from course_lib import data`).
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_SUBMODULES = (
    "backbones",
    "checkpoints",
    "checks",
    "choosing",
    "data",
    "delta",
    "efficientnet_lite",
    "environment",
    "evaluation",
    "explain",
    "finetuning",
    "plots",
    "pretraining",
    "progress",
    "reports",
    "selection",
    "solar",
)

__all__ = ["__version__", *_SUBMODULES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
