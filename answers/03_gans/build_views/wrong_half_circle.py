# Believed: the factor is a share of half a turn.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.2, 0.2, fill_mode="constant"),
            keras.layers.RandomRotation(25 / 180, fill_mode="constant"),
            keras.layers.RandomZoom(0.25, fill_mode="constant"),
        ]
    )
