# Takes whole pixels instead of mixtures, with seeds of its own.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomRotation(
                25 / 360, fill_mode="constant", interpolation="nearest", seed=1
            ),
            keras.layers.RandomTranslation(
                0.2, 0.2, fill_mode="constant", interpolation="nearest", seed=2
            ),
            keras.layers.RandomZoom(0.25, fill_mode="constant", interpolation="nearest", seed=3),
        ]
    )
