# Solves the two conditions: equal sums, and n as their total.
def balanced_weights(labels):
    labels = np.asarray(labels).astype(bool)
    n, bad = labels.size, np.count_nonzero(labels)
    good_weight, bad_weight = np.linalg.solve([[n - bad, -bad], [n - bad, bad]], [0, n])
    return {True: bad_weight, False: good_weight}
