# Believed: partners stand one after the other.
def nt_xent(a, b, temperature=0.2):
    z = keras.ops.normalize(keras.ops.concatenate([a, b], axis=0), axis=1)
    count = keras.ops.shape(a)[0]
    logits = keras.ops.matmul(z, keras.ops.transpose(z)) / temperature
    logits = logits - 1e9 * keras.ops.eye(2 * count)
    partner = 2 * (keras.ops.arange(2 * count) // 2) + 1 - keras.ops.arange(2 * count) % 2
    losses = keras.ops.sparse_categorical_crossentropy(partner, logits, from_logits=True)
    return keras.ops.mean(losses)
