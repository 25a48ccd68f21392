# All distances by broadcasting, and NumPy's partition for the k-th nearest.
def coverage(real, made, k=5):
    among = np.sqrt(((real[:, None] - real[None]) ** 2).sum(-1))
    np.fill_diagonal(among, np.inf)
    radius = np.partition(among, k - 1, axis=1)[:, k - 1]
    across = np.sqrt(((real[:, None] - made[None]) ** 2).sum(-1))
    return np.count_nonzero((across <= radius[:, None]).any(axis=1)) / len(real)
