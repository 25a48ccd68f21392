# Believed: exp can be computed as it stands.
def nt_xent(a, b, temperature=0.2):
    z = keras.ops.normalize(keras.ops.concatenate([a, b], axis=0), axis=1)
    count = len(a)
    powers = keras.ops.exp(keras.ops.matmul(z, keras.ops.transpose(z)) / temperature)
    powers = powers * (1.0 - keras.ops.eye(2 * count))
    index = np.concatenate([np.arange(count) + count, np.arange(count)])
    right = keras.ops.sum(powers * keras.ops.one_hot(index, 2 * count), axis=1)
    return -keras.ops.mean(keras.ops.log(right / keras.ops.sum(powers, axis=1)))
