# Believed: G makes the logits as large as it can.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = -keras.ops.mean(logits)
    return tape.gradient(loss, generator.trainable_variables)
