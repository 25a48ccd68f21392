# Equation 1 as it is written, with logsumexp.
def nt_xent(a, b, temperature=0.2):
    z = keras.ops.concatenate([a, b], axis=0)
    z = z / keras.ops.norm(z, axis=1, keepdims=True)
    similar = keras.ops.matmul(z, keras.ops.transpose(z)) / temperature
    others = keras.ops.where(keras.ops.eye(keras.ops.shape(z)[0]) > 0, -1e9, similar)
    partners = keras.ops.roll(z, keras.ops.shape(a)[0], axis=0)
    right = keras.ops.sum(z * partners, axis=1) / temperature
    return keras.ops.mean(keras.ops.logsumexp(others, axis=1) - right)
