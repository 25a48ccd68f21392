# Believed: a tensor has a length; in `fit`, which compiles, the number of rows is unknown.
def nt_xent(a, b, temperature=0.2):
    z = tf.math.l2_normalize(tf.concat([a, b], 0), axis=1)
    n, losses = len(a), []
    for i in range(2 * n):
        others = [j for j in range(2 * n) if j != i]
        logits = tf.linalg.matvec(tf.gather(z, others), z[i]) / temperature
        losses.append(tf.reduce_logsumexp(logits) - logits[others.index((i + n) % (2 * n))])
    return tf.reduce_mean(losses)
