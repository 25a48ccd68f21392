# Believed: the variables that compute the loss are the ones to move.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    return tape.gradient(loss, discriminator.trainable_variables)
