# A functional model, with activations as layers of their own.
def build_decoder(code_size):
    side = 28 // 4
    code = keras.Input((code_size,), name="code")
    x = keras.layers.ReLU()(keras.layers.Dense(side * side * 32)(code))
    x = keras.layers.Reshape((side, side, 32))(x)
    x = keras.layers.Conv2DTranspose(16, (4, 4), strides=(2, 2), padding="same")(x)
    x = keras.layers.Activation("relu")(x)
    image = keras.layers.Conv2DTranspose(1, (4, 4), strides=(2, 2), padding="same")(x)
    return keras.Model(code, image)
