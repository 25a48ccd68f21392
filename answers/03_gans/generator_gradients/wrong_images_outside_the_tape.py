# Believed: the images are constants here as they are in D's step.
def generator_gradients(generator, discriminator, noise):
    images = generator(noise, training=True)
    with tf.GradientTape() as tape:
        loss = keras.ops.mean(keras.ops.softplus(-discriminator(images, training=True)))
    return tape.gradient(loss, generator.trainable_variables)
