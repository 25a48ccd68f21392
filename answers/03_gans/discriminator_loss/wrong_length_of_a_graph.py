# Believed: a tensor has a length; in `fit`, which compiles, the number of rows is unknown.
def discriminator_loss(real_logits, fake_logits):
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    on_real = entropy(labels=tf.ones_like(real_logits), logits=real_logits)
    on_fake = entropy(labels=tf.zeros_like(fake_logits), logits=fake_logits)
    return tf.reduce_sum(on_real) / len(real_logits) + tf.reduce_sum(on_fake) / len(fake_logits)
