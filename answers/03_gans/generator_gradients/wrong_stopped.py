# Believed: stopping the gradient in front of D keeps D as it is.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        images = keras.ops.stop_gradient(generator(noise, training=True))
        loss = keras.ops.mean(keras.ops.softplus(-discriminator(images, training=True)))
    return tape.gradient(loss, generator.trainable_variables)
