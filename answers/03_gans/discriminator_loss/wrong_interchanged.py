# Believed: softplus of the logit is the loss of a real image.
def discriminator_loss(real_logits, fake_logits):
    softplus, mean = keras.ops.softplus, keras.ops.mean
    return mean(softplus(real_logits)) + mean(softplus(-fake_logits))
