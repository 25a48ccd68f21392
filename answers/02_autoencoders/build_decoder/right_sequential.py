# Layer by layer, the numbers worked out by hand.
def build_decoder(code_size):
    model = keras.Sequential([keras.Input((code_size,))])
    model.add(keras.layers.Dense(1568, activation="relu"))
    model.add(keras.layers.Reshape((7, 7, 32)))
    model.add(keras.layers.Conv2DTranspose(16, 4, 2, "same", activation="relu"))
    model.add(keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="linear"))
    return model
