# Believed: the logarithm of the sigmoid is safe.
def discriminator_loss(real_logits, fake_logits):
    real = keras.ops.sigmoid(real_logits)
    fake = keras.ops.sigmoid(fake_logits)
    return -keras.ops.mean(keras.ops.log(real)) - keras.ops.mean(keras.ops.log(1 - fake))
