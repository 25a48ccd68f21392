# Believed: a step has to be taken, not only computed.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.mean(keras.ops.softplus(-logits))
    gradients = tape.gradient(loss, generator.trainable_variables)
    keras.optimizers.SGD(0.01).apply(gradients, generator.trainable_variables)
    return gradients
