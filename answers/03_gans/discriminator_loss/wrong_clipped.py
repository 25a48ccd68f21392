# Believed: cutting off the probabilities makes it safe.
def discriminator_loss(real_logits, fake_logits):
    clip, log, mean = keras.ops.clip, keras.ops.log, keras.ops.mean
    real = clip(keras.ops.sigmoid(real_logits), 1e-7, 1 - 1e-7)
    fake = clip(keras.ops.sigmoid(fake_logits), 1e-7, 1 - 1e-7)
    return -mean(log(real)) - mean(log(1 - fake))
