# Believed: the decoder starts from the side at which the encoder ended.
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Reshape((4, 4, 32)),
            keras.layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ]
    )
