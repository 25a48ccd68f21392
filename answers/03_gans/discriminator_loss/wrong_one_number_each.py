# Believed: a loss for each image is wanted.
def discriminator_loss(real_logits, fake_logits):
    losses = [keras.ops.softplus(-real_logits), keras.ops.softplus(fake_logits)]
    return keras.ops.concatenate(losses)
