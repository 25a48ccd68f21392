# Softplus of the logits, as in the text.
def discriminator_loss(real_logits, fake_logits):
    on_real = keras.ops.mean(keras.ops.softplus(-real_logits))
    on_fake = keras.ops.mean(keras.ops.softplus(fake_logits))
    return on_real + on_fake
