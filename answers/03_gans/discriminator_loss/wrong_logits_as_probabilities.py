# Believed: BinaryCrossentropy takes logits by itself.
def discriminator_loss(real_logits, fake_logits):
    loss = keras.losses.BinaryCrossentropy()
    real = loss(keras.ops.ones_like(real_logits), real_logits)
    return real + loss(keras.ops.zeros_like(fake_logits), fake_logits)
