# Believed: gradients are given by the names of their variables.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    gradients = tape.gradient(loss, generator.trainable_variables)
    return {v.path: g for v, g in zip(generator.trainable_variables, gradients, strict=True)}
