# Softplus, and the tape's gradient for a list.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-fake_logits))
    return tape.gradient(loss, generator.trainable_variables)
