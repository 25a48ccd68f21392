# Believed: the losses of the images are added up.
def discriminator_loss(real_logits, fake_logits):
    softplus, total = keras.ops.softplus, keras.ops.sum
    return total(softplus(-real_logits)) + total(softplus(fake_logits))
