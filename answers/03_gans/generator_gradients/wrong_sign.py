# Believed: the gradient has to point upwards.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = -keras.ops.mean(keras.ops.softplus(-logits))
    return tape.gradient(loss, generator.trainable_variables)
