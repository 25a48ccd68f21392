# Believed: channels double as the map grows.
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(7 * 7 * 16, activation="relu"),
            keras.layers.Reshape((7, 7, 16)),
            keras.layers.Conv2DTranspose(32, 4, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ]
    )
