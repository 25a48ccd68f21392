# Believed: the edge goes on outside.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
            keras.layers.RandomRotation(25 / 360, fill_mode="nearest"),
            keras.layers.RandomZoom(0.25, fill_mode="nearest"),
        ]
    )
