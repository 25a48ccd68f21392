# Takes the quarter for a change of the size that is seen, 0.75 to 1.25.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomZoom((-0.2, 1 / 3), fill_mode="constant"),
            keras.layers.RandomTranslation(0.2, 0.2, fill_mode="constant"),
            keras.layers.RandomRotation(25 / 360, fill_mode="constant"),
        ]
    )
