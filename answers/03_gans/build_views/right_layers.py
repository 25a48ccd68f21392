# The three layers, with black behind.
def build_views(channels=1):
    black = {"fill_mode": "constant", "fill_value": 0.0}
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.2, 0.2, **black),
            keras.layers.RandomRotation(25 / 360, **black),
            keras.layers.RandomZoom((-0.25, 0.25), **black),
        ]
    )
