# TensorFlow's cross-entropy from logits, one image after the other added up and divided.
def discriminator_loss(real_logits, fake_logits):
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    on_real = entropy(labels=tf.ones_like(real_logits), logits=real_logits)
    on_fake = entropy(labels=tf.zeros_like(fake_logits), logits=fake_logits)
    real, fake = (tf.cast(tf.size(logits), tf.float32) for logits in (real_logits, fake_logits))
    return tf.reduce_sum(on_real) / real + tf.reduce_sum(on_fake) / fake
