# Believed: D only has to recognise what is real.
def discriminator_loss(real_logits, fake_logits):
    return keras.ops.mean(keras.ops.softplus(-real_logits))
