# Believed: real and made images form one batch.
def discriminator_loss(real_logits, fake_logits):
    losses = [keras.ops.softplus(-real_logits), keras.ops.softplus(fake_logits)]
    return keras.ops.mean(keras.ops.concatenate(losses))
