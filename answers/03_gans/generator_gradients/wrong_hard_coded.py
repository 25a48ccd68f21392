# Believed: a batch has twenty rows.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.sum(keras.ops.softplus(-logits)) / 20
    return tape.gradient(loss, generator.trainable_variables)
