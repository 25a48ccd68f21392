# Believed: RandomTranslation takes pixels.
def build_views(channels=1):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            layers.RandomTranslation(5, 5, fill_mode="constant"),
            layers.RandomRotation(25 / 360, fill_mode="constant"),
            layers.RandomZoom(0.25, fill_mode="constant"),
        ]
    )
