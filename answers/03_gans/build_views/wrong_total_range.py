# Believed: the numbers say how far it is from one end to the other.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
            keras.layers.RandomRotation(12.5 / 360, fill_mode="constant"),
            keras.layers.RandomZoom(0.125, fill_mode="constant"),
        ]
    )
