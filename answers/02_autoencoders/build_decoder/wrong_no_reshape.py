# Believed: dense layers will do.
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(28 * 28, activation="relu"),
            keras.layers.Dense(28 * 28),
            keras.layers.Reshape((28, 28, 1)),
        ]
    )
