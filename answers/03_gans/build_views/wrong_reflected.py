# Believed: what comes in from outside is black by itself.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.2, 0.2),
            keras.layers.RandomRotation(25 / 360),
            keras.layers.RandomZoom(0.25),
        ]
    )
