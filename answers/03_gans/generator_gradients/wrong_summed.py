# Believed: the losses of the images are added up.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as tape:
        logits = discriminator(generator(noise, training=True), training=True)
        loss = keras.ops.sum(keras.ops.softplus(-logits))
    return tape.gradient(loss, generator.trainable_variables)
