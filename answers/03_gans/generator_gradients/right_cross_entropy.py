# The cross-entropy of "real"; only G's variables are watched.
def generator_gradients(generator, discriminator, noise):
    variables = generator.trainable_variables
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for variable in variables:
            tape.watch(variable.value)
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)(tf.ones_like(logits), logits)
    return tape.gradient(loss, [variable.value for variable in variables])
