"""Feature extraction with the embedded backbone at 96 px: `extract_features` against `predict`."""

import keras

from benchmarks.timing import paired, ratio_text
from course_lib import backbones, data, feature_extraction, finetuning

COUNT = 1000
ROUNDS = 5


def extractor(input_size: int = 96) -> keras.Model:
    """Return the model: raw CIFAR photos (N, 32, 32, 3) -> pooled features (N, 1280)."""
    backbone = backbones.load("embedded", input_size=input_size)
    photos = keras.Input((32, 32, 3))
    pixels = keras.layers.Resizing(input_size, input_size)(photos)
    maps = backbone.model(backbone.preprocessing(pixels), training=False)
    model = keras.Model(photos, keras.layers.GlobalAveragePooling2D()(maps))
    finetuning.freeze(model)
    return model


def run() -> list[str]:
    """Return images per second of both ways and their ratio."""
    model = extractor()
    photos = data.load_cifar10().train.images[:COUNT].astype("float32")

    def predict() -> None:
        model.predict(photos, batch_size=32, verbose=0)

    def extract() -> None:
        feature_extraction.extract_features(model, photos, batch_size=32, progress=False)

    predict(), extract()  # tracing is paid once, by neither
    slow, fast, ratios = paired(predict, extract, ROUNDS)
    return [
        f"model.predict:     {COUNT / slow:6.0f} images per second",
        f"extract_features:  {COUNT / fast:6.0f} images per second",
        f"ratio: {ratio_text(ratios)}",
    ]
