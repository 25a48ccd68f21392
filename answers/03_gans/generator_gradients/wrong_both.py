# Believed: G's step moves everything that it runs through.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    variables = generator.trainable_variables + discriminator.trainable_variables
    return tape.gradient(loss, variables)
