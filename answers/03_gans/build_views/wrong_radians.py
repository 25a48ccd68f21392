# Believed: RandomRotation takes radians.
def build_views(channels=1):
    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
            keras.layers.RandomTranslation(0.2, 0.2, fill_mode="constant"),
            keras.layers.RandomRotation(np.radians(25), fill_mode="constant"),
            keras.layers.RandomZoom(0.25, fill_mode="constant"),
        ]
    )
