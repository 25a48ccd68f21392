# Keras' own cross-entropy from logits, with labels 1 and 0.
def discriminator_loss(real_logits, fake_logits):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    real = loss(keras.ops.ones_like(real_logits), real_logits)
    return real + loss(keras.ops.zeros_like(fake_logits), fake_logits)
