"""EfficientNet-Lite0 in plain Keras: the architecture, without weights.

EfficientNet (Tan and Le, ICML 2019) made for phones and for integers: no squeeze-and-excitation,
ReLU6 in place of swish, so that every intermediate value lies in a known small range.
"""

import keras

# One row for each stage: blocks, kernel size, stride of its first block, expansion, channels.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)

# Padded as TensorFlow pads ("same"): the published weights were trained there.
_NO_BIAS = {"padding": "same", "use_bias": False}


def efficientnet_lite0(size: int, include_top: bool) -> keras.Model:
    """Return EfficientNet-Lite0 with random weights.

    Args:
        size: height and width of the images in pixels.
        include_top: True for probabilities (N, 1000), False for feature maps (N, h, w, 1280), where
            h = w = size / 32, rounded up.

    The layers are called like those of Keras' own EfficientNets: `block4b_expand_conv`. A block
    ends with `block4b_project_bn`, or with `block4b_add` where it adds its input to its output.
    """
    images = keras.Input((size, size, 3), name="images")
    x = keras.layers.Conv2D(32, 3, strides=2, name="stem_conv", **_NO_BIAS)(images)
    x = _normalized(x, "stem_bn", "stem_activation")
    for number, (repeats, kernel_size, stride, expansion, channels) in enumerate(STAGES, 1):
        for repeat in range(repeats):
            name = f"block{number}{chr(ord('a') + repeat)}_"
            x = _block(x, kernel_size, stride if repeat == 0 else 1, expansion, channels, name)
    x = keras.layers.Conv2D(1280, 1, name="top_conv", **_NO_BIAS)(x)
    x = _normalized(x, "top_bn", "top_activation")
    if include_top:
        x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = keras.layers.Dropout(0.2, name="top_dropout")(x)
        x = keras.layers.Dense(1000, activation="softmax", name="predictions")(x)
    return keras.Model(images, x, name=f"efficientnet_lite0_{size}")


def _block(
    inputs: keras.KerasTensor,
    kernel_size: int,
    stride: int,
    expansion: int,
    channels: int,
    name: str,
) -> keras.KerasTensor:
    """Widen, filter each channel by itself, narrow; add the input where the shapes agree."""
    x, width = inputs, inputs.shape[-1]
    if expansion > 1:
        x = keras.layers.Conv2D(width * expansion, 1, name=f"{name}expand_conv", **_NO_BIAS)(x)
        x = _normalized(x, f"{name}expand_bn", f"{name}expand_activation")
    x = keras.layers.DepthwiseConv2D(kernel_size, stride, name=f"{name}dwconv", **_NO_BIAS)(x)
    x = _normalized(x, f"{name}bn", f"{name}activation")
    x = keras.layers.Conv2D(channels, 1, name=f"{name}project_conv", **_NO_BIAS)(x)
    x = keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}project_bn")(x)
    if stride == 1 and width == channels:
        x = keras.layers.Add(name=f"{name}add")([inputs, x])
    return x


def _normalized(x: keras.KerasTensor, name: str, activation: str) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(epsilon=1e-3, name=name)(x)
    return keras.layers.ReLU(6.0, name=activation)(x)
