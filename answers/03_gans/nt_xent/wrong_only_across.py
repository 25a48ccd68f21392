# Believed: a view is compared with the other kind of views only.
def nt_xent(a, b, temperature=0.2):
    a, b = keras.ops.normalize(a, axis=1), keras.ops.normalize(b, axis=1)
    ab = keras.ops.matmul(a, keras.ops.transpose(b)) / temperature
    labels = keras.ops.arange(keras.ops.shape(a)[0])
    one = keras.ops.sparse_categorical_crossentropy(labels, ab, from_logits=True)
    two = keras.ops.sparse_categorical_crossentropy(
        labels, keras.ops.transpose(ab), from_logits=True
    )
    return (keras.ops.mean(one) + keras.ops.mean(two)) / 2
