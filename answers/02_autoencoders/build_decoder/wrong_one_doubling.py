# Believed: one enlarging layer is enough when the map is large enough to begin with.
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(14 * 14 * 32, activation="relu"),
            keras.layers.Reshape((14, 14, 32)),
            keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ]
    )
