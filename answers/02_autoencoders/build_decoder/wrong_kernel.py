# Believed: kernels are 3 wide, always.
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            keras.layers.Dense(1568, activation="relu"),
            keras.layers.Reshape((7, 7, 32)),
            keras.layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
        ]
    )
