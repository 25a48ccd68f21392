# All with Keras; the result is a tensor.
def walk(encoder, decoder, first, second, steps):
    a, b = keras.ops.split(encoder(keras.ops.stack([first, second])), 2)
    t = keras.ops.reshape(keras.ops.linspace(0.0, 1.0, steps), (-1, 1))
    return decoder(a + t * (b - a))
