# Believed: BinaryCrossentropy takes logits by itself.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.losses.BinaryCrossentropy()(tf.ones_like(logits), logits)
    return tape.gradient(loss, generator.trainable_variables)
