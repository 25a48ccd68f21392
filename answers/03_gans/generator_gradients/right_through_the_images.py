# The chain rule by hand: from the loss to the images, from the images to G.
def generator_gradients(generator, discriminator, noise):
    with tf.GradientTape() as outer:
        images = generator(noise, training=True)
    with tf.GradientTape() as inner:
        inner.watch(images)
        logits = discriminator(images, training=True)
        loss = -tf.reduce_mean(tf.math.log_sigmoid(logits))
    pull = inner.gradient(loss, images)
    return outer.gradient(images, generator.trainable_variables, output_gradients=pull)
