# Believed: D has to be frozen, or it would move.
def generator_gradients(generator, discriminator, noise):
    discriminator.trainable = False
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    return tape.gradient(loss, generator.trainable_variables)
