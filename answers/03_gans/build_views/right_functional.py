# A functional model; first the zoom, then the turn, then the move.
def build_views(channels=1):
    image = keras.Input((28, 28, channels))
    x = keras.layers.RandomZoom(0.25, fill_mode="constant")(image)
    x = keras.layers.RandomRotation((-25 / 360, 25 / 360), fill_mode="constant")(x)
    x = keras.layers.RandomTranslation((-0.2, 0.2), (-0.2, 0.2), fill_mode="constant")(x)
    return keras.Model(image, x)
