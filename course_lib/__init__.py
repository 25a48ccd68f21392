"""Helpers of the course on pretrained models: data, backbones, metrics, plots; never the idea.

Importing the package costs milliseconds: a submodule, and with it Keras, is imported when it is
first used (`course_lib.data`, or `from course_lib import data`).
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

# What a lesson's cells may import; only records of these modules cross from a learner's process to
# the judge.
LESSON_MODULES = (
    "assets",
    "backbones",
    "checkpoints",
    "checks",
    "choosing",
    "comparing",
    "data",
    "delta",
    "efficientnet_lite",
    "environment",
    "evaluation",
    "explain",
    "explore",
    "feature_extraction",
    "finetuning",
    "plots",
    "predictions",
    "pretraining",
    "progress",
    "reports",
    "selection",
    "solar",
)

__all__ = ["LESSON_MODULES", "__version__", *LESSON_MODULES]


def __getattr__(name: str) -> ModuleType:
    if name in LESSON_MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
