# Four blocks, as in the authors' own code: partners stand first.
def nt_xent(a, b, temperature=0.2):
    a, b = keras.ops.normalize(a, axis=1), keras.ops.normalize(b, axis=1)
    hide = 1e9 * keras.ops.eye(keras.ops.shape(a)[0])
    ab = keras.ops.matmul(a, keras.ops.transpose(b)) / temperature
    aa = keras.ops.matmul(a, keras.ops.transpose(a)) / temperature - hide
    bb = keras.ops.matmul(b, keras.ops.transpose(b)) / temperature - hide
    labels = keras.ops.arange(keras.ops.shape(a)[0])
    losses = [
        keras.ops.sparse_categorical_crossentropy(
            labels, keras.ops.concatenate(pair, axis=1), from_logits=True
        )
        for pair in ((ab, aa), (keras.ops.transpose(ab), bb))
    ]
    return keras.ops.mean(keras.ops.concatenate(losses))
