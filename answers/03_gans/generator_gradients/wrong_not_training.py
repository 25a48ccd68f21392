# Believed: training=True is for `fit` only.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        loss = keras.ops.mean(keras.ops.softplus(-discriminator(generator(noise))))
    return tape.gradient(loss, generator.trainable_variables)
