# Believed: D does not learn in this step, so it does not run as in training either.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=False)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    return tape.gradient(loss, generator.trainable_variables)
