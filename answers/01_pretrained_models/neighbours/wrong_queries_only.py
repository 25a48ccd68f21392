# Believed: It is enough to scale the rows that are asked about.
def neighbours(queries, gallery, k):
    queries, gallery = np.asarray(queries, dtype=float), np.asarray(gallery, dtype=float)
    a = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    b = gallery
    return np.argsort(-(a @ b.T), axis=1)[:, :k]
