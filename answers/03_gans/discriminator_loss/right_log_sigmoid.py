# The logarithm of the sigmoid, computed in one go.
def discriminator_loss(real_logits, fake_logits):
    log_real = keras.ops.log_sigmoid(keras.ops.convert_to_tensor(real_logits))
    log_made = keras.ops.log_sigmoid(-keras.ops.convert_to_tensor(fake_logits))
    return -keras.ops.mean(log_real) - keras.ops.mean(log_made)
