# Believed: the columns are brought to length 1.
def nt_xent(a, b, temperature=0.2):
    z = keras.ops.normalize(keras.ops.concatenate([a, b], axis=0), axis=0)
    count = keras.ops.shape(a)[0]
    logits = keras.ops.matmul(z, keras.ops.transpose(z)) / temperature
    logits = logits - 1e9 * keras.ops.eye(2 * count)
    index = keras.ops.arange(count)
    partner = keras.ops.concatenate([index + count, index], axis=0)
    losses = keras.ops.sparse_categorical_crossentropy(partner, logits, from_logits=True)
    return keras.ops.mean(losses)
