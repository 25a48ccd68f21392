# Believed: a list of layers is a model.
def build_views(channels=1):
    return [
        keras.layers.RandomTranslation(0.2, 0.2, fill_mode="constant"),
        keras.layers.RandomRotation(25 / 360, fill_mode="constant"),
        keras.layers.RandomZoom(0.25, fill_mode="constant"),
    ]
