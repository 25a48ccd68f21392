# Believed: The columns are to be divided by their lengths.
def neighbours(queries, gallery, k):
    queries, gallery = np.asarray(queries, dtype=float), np.asarray(gallery, dtype=float)
    a = queries / np.linalg.norm(queries, axis=0)
    b = gallery / np.linalg.norm(gallery, axis=0)
    return np.argsort(-(a @ b.T), axis=1)[:, :k]
